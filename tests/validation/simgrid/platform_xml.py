# SPDX-License-Identifier: Apache-2.0
"""Simulated clusters of scripts/experiments/simgrid-check: every rate and latency is known, and SimGrid is told exactly those."""

import dataclasses
import pathlib
import re
import xml.etree.ElementTree as xml


class PlatformError(Exception):
    """One sentence for the user."""


@dataclasses.dataclass(frozen=True)
class Nic:
    """Both directions have the bandwidth (bytes/s); a message pays the sender's `up_s` and the receiver's `down_s`."""

    bandwidth: float
    up_s: float = 1e-6
    down_s: float = 1e-6


@dataclasses.dataclass(frozen=True)
class Trunks:
    """Leaf switches of `hosts` hosts, each with one link up and one down to a spine that is never the bottleneck."""

    hosts: int
    bandwidth: float
    latency_s: float = 1e-6
    slow: tuple = ()  # (leaf, its bandwidth)


@dataclasses.dataclass(frozen=True)
class Platform:
    """A NIC a host, ranks in host order. Without trunks a crossbar. Without a loopback: ranks of a host use its NIC."""

    nics: tuple
    ranks_per_host: int = 1
    trunks: Trunks | None = None

    @property
    def ranks(self) -> int:
        return len(self.nics) * self.ranks_per_host

    def host_file(self) -> str:
        return "".join(f"h{i}\n" * self.ranks_per_host for i in range(len(self.nics)))

    def xml(self) -> str:
        per_leaf = self.trunks.hosts if self.trunks else len(self.nics)
        leaves = range(0, len(self.nics), per_leaf)
        zones = [self._leaf(f"leaf{k}", first, per_leaf) for k, first in enumerate(leaves)]
        inside = zones[0] if len(zones) == 1 else self._joined(zones)
        return ('<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n'
                f'<platform version="4.1">\n{inside}</platform>\n')

    def _leaf(self, name: str, first: int, count: int) -> str:
        lines = [f'<zone id="{name}" routing="Cluster">']
        for i in range(first, first + count):
            nic = self.nics[i]
            lines += [f'<host id="h{i}" speed="1Gf"/>',
                      f'<link id="up{i}" bandwidth="{nic.bandwidth!r}Bps" latency="{nic.up_s!r}s"/>',
                      f'<link id="down{i}" bandwidth="{nic.bandwidth!r}Bps" latency="{nic.down_s!r}s"/>',
                      f'<host_link id="h{i}" up="up{i}" down="down{i}"/>']
        return "\n".join([*lines, f'<router id="{name}_switch"/>', "</zone>", ""])

    def _joined(self, zones: list) -> str:
        lines = ['<zone id="spine" routing="Full">', *zones]
        for k in range(len(zones)):
            for direction in ("up", "down"):
                bandwidth = dict(self.trunks.slow).get(k, self.trunks.bandwidth)
                lines.append(f'<link id="trunk_{direction}{k}" bandwidth="{bandwidth!r}Bps" '
                             f'latency="{self.trunks.latency_s!r}s"/>')
        for a in range(len(zones)):
            for b in range(len(zones)):
                if a != b:
                    lines.append(f'<zoneRoute src="leaf{a}" dst="leaf{b}" gw_src="leaf{a}_switch" gw_dst="leaf{b}_switch" '
                                 f'symmetrical="NO"><link_ctn id="trunk_up{a}"/><link_ctn id="trunk_down{b}"/></zoneRoute>')
        return "\n".join([*lines, "</zone>", ""])


def crossbar(ranks: int, nic: Nic) -> Platform:
    return Platform((nic,) * ranks)


def read_crossbar(path: pathlib.Path, ranks: int) -> Platform:
    """A crossbar from a file as xml() writes it, the first `ranks` of its hosts. Throws PlatformError."""
    try:
        root = xml.parse(path).getroot()
    except (OSError, xml.ParseError) as error:
        raise PlatformError(f"{path}: can't be read as a platform ({error}). Give a file that --keep left") from error
    links = {link.get("id"): link for link in root.iter("link")}
    hosts = [host.get("id") for host in root.iter("host")]
    if len(hosts) < ranks:
        raise PlatformError(f"{path}: has {len(hosts)} hosts (this check runs {ranks} ranks). "
                            + (f"Add hosts or take --ranks {len(hosts)}" if len(hosts) > 1 else "Add hosts"))
    nics = []
    for end in root.iter("host_link"):
        try:
            up, down = links[end.get("up")], links[end.get("down")]
            nics.append(Nic(_number(up, "bandwidth", "Bps"), _number(up, "latency", "s"), _number(down, "latency", "s")))
        except KeyError as error:
            raise PlatformError(f"{path}: {end.get('id')} has no link {error}. Give a file that --keep left") from error
    if len(set(nics)) != 1 or len(nics) != len(hosts):
        raise PlatformError(f"{path}: its hosts are not alike (the closed forms are of a crossbar with one rate and latency). "
                            "Give a file that --keep left")
    return crossbar(ranks, nics[0])


def _number(link, key: str, unit: str) -> float:
    found = re.fullmatch(r"([0-9.eE+-]+)" + unit, link.get(key, ""))
    if not found:
        raise PlatformError(f"link {link.get('id')}: its {key} is '{link.get(key)}' (a number and '{unit}' are read). "
                            "Write it so")
    return float(found[1])
