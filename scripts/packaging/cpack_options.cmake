# SPDX-License-Identifier: Apache-2.0
# What differs between the packages: a system's have their place in /usr, the archive has its own folder.
if(CPACK_GENERATOR MATCHES "DEB|RPM")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
endif()
