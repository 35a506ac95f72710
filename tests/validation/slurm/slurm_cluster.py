# SPDX-License-Identifier: Apache-2.0
"""A Slurm of one's own: munged, slurmctld and three slurmd, each on a host of scripts/experiments/testcluster (namespaces of this machine).
Needs root, Debian's slurmctld, slurmd, slurm-client and munge. Ends only what it started."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTCLUSTER = ROOT / "scripts/experiments/testcluster"
HOSTS = ["host1", "host2", "host3"]
SKIPPED = 77

CONFIGURATION = """
ClusterName=plumbline-test
SlurmctldHost=host1
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
TmpFS={folder}/tmp-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1
KillWait=10
MinJobAge=600
NodeName=host[1-3] CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not():
    """Why there can be no such cluster here; nothing where there can."""
    if os.geteuid() != 0:
        return "needs root"
    for program in ("munged", "slurmctld", "slurmd", "srun", "sbatch", "scancel", "unshare", "ip"):
        if shutil.which(program) is None:
            return f"there is no {program} (apt-get install slurmctld slurmd slurm-client munge libpmix-dev)"
    return None


def skip(why):
    print(f"SKIPPED: {why}", flush=True)
    sys.exit(SKIPPED)


def inside(host, *command):
    """A command on a host, which has its own name there."""
    script = 'hostname "$0" && exec "$@"'
    return ["ip", "netns", "exec", f"pl-{host}", "unshare", "--uts", "--", "sh", "-c", script, host, *map(str, command)]


class SlurmCluster:
    def __init__(self):
        self.processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-slurm-"))
        self.environment = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.processes:
            self.call("scancel", "--user=root", timeout=20)
            time.sleep(1)
        for process in reversed(self.processes):  # the daemons, which end their steps
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        subprocess.run([TESTCLUSTER, "down"], capture_output=True, timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def daemon(self, command):
        log = open(self.folder / "daemons.log", "ab")
        self.processes.append(subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                               env=self.environment, cwd=self.folder))
        log.close()

    def start(self):
        made = subprocess.run([TESTCLUSTER, "up", "--hosts", str(len(HOSTS)), "--rate", "1gbit"], text=True, capture_output=True, timeout=60)
        if made.returncode != 0:
            skip(made.stderr.strip())
        for name in ("munge", "state", *(f"{kind}-{host}" for kind in ("spool", "tmp") for host in HOSTS)):
            (self.folder / name).mkdir(mode=0o755)
        os.chmod(self.folder, 0o755)
        key = self.folder / "munge/key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(folder=self.folder), encoding="utf-8")
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n", encoding="utf-8")
        munge = self.folder / "munge"
        self.daemon(["munged", "--foreground", "--force", f"--socket={munge}/socket", f"--key-file={key}", f"--pid-file={munge}/pid",
                     f"--log-file={munge}/log", f"--seed-file={munge}/seed"])
        self.wait_for(lambda: (munge / "socket").exists(), "munged")
        self.daemon(inside("host1", "slurmctld", "-D", "-f", self.folder / "slurm.conf"))
        for host in HOSTS:
            self.daemon(inside(host, "slurmd", "-D", "-N", host, "-f", self.folder / "slurm.conf"))
        self.wait_for(lambda: self.call("sinfo", "-h", "-o", "%T %D").stdout.split() == ["idle", str(len(HOSTS))], "three idle nodes")

    def wait_for(self, condition, what, seconds=60):
        until = time.monotonic() + seconds
        while not condition():
            ended = [process.args for process in self.processes if process.poll() is not None]
            if ended or time.monotonic() > until:
                logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log"))
                raise AssertionError(f"no {what}: {ended}\n{logs}")
            time.sleep(0.2)

    def call(self, *command, timeout=120, cwd=None, environment=None):
        """A client's command, on host1."""
        return subprocess.run(inside("host1", *command), text=True, capture_output=True, timeout=timeout, cwd=cwd or self.folder,
                              env={**self.environment, **(environment or {})})
