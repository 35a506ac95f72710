# SPDX-License-Identifier: Apache-2.0
"""The hccl backend on the stand-in for HCCL: the main job, and what goes wrong."""
import json
import os

from support import CliTest, BROKEN, NOT_MEASURED, SMALL, main

LIBRARY = os.environ["FAKE_HCCL"]

FAULTS = """
plumbline: 1
name: faults
backend: hccl
order: {shuffle: false}
scale: {ranks: [1, all]}
backend_options: {init_timeout: 2s, operation_timeout: 1s}
stop: {max_seconds: 20, min_samples: 6, max_samples: 6}
cases:
  - {pattern: alltoall, bytes: 4KiB}
  - {pattern: allreduce, bytes: 4KiB, stop: {min_samples: 60, max_samples: 60}}
"""


class OnStandIn(CliTest):
    def run_on(self, scenario, faults="", ranks=3, output="x.h5", settings=(), more=()):
        self.write("s.yaml", scenario)
        sets = [word for setting in settings for word in ("--set", setting)]
        return self.call("run", "s.yaml", "-o", output, "--backend", "hccl", "--backend-library", LIBRARY, *sets, *more, ranks=ranks, launcher="tcp",
                         environment={"PLUMBLINE_FAKE": faults}, timeout=60)

    def cases(self):
        """{(pattern, dtype, ranks): (status, why)}"""
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        return {(case["pattern"], case["dtype"], case["ranks"]): (case["status"], case["why"]) for case in shown["cases"]}


class MainJob(OnStandIn):
    def test_everything_is_measured_and_nothing_passes(self):
        process = self.run_on(SMALL + "targets:\n  - {name: bw, metric: busbw, where: {pattern: alltoall}, at_ranks: all, "
                              "at_least: 0.000001}\n")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        self.assertIn("stand-in: true", process.stdout)
        self.assertNotIn("PASS", process.stdout)
        self.assertEqual({status for status, _ in self.cases().values()}, {"measured"})

    def test_messages_of_workloads_and_the_devices_own_times(self):
        import h5py
        process = self.run_on("""
            plumbline: 1
            name: s
            scale: {ranks: [all]}
            stop: {min_samples: 6, max_samples: 6}
            cases:
              - {pattern: pipeline, schedule: 1f1b, microbatches: 4, activation_bytes: 64KiB, forward: 100us, backward: 200us}
              - {pattern: bidirectional, bytes: 4KiB}
              - {pattern: gather, bytes: 4KiB}
        """, ranks=2)
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        self.assertEqual({status for status, _ in self.cases().values()}, {"measured"}, self.cases())
        with h5py.File(self.folder / "x.h5", "r") as run:
            self.assertEqual(run.attrs["fake_library"], 1)
            self.assertEqual(len({row["device"] for row in run["environment/ranks"][:]}), 2)
            self.assertTrue((run["cases/000001/rounds/0/shares/device_s"][:] > 0).all())

    def test_what_hccl_does_not_reduce_is_skipped_with_the_reason(self):
        process = self.run_on("plumbline: 1\nname: s\nscale: {ranks: [all]}\nstop: {min_samples: 6, max_samples: 6}\ncases:\n"
                              "  - {pattern: allreduce, dtype: float64, bytes: 64}\n  - {pattern: broadcast, dtype: float64, bytes: 64}\n")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        cases = self.cases()
        status, why = cases[("allreduce", "float64", 3)]
        self.assertEqual(status, "skipped")
        self.assertIn("HCCL reduces no float64", why)
        self.assertEqual(cases[("broadcast", "float64", 3)][0], "measured")


class Faults(OnStandIn):
    def test_what_is_wrong_with_a_library_or_a_device_ends_all_ranks_with_one_sentence(self):
        host = os.uname().nodename
        rows = [("version value=9 rank=1", (), ("rank 0 has HCCL (AscendCL 1.15.0)", f"rank 1 on {host} has HCCL (AscendCL 1.9.0)")),
                ("devices count=2", (), (f"3 ranks on {host} find 2 devices", "aclrtGetDeviceCount")),
                ("one-device", (), ("ranks 0 and 1", host, "NPU-5a00", "aclrtSetDevice")),
                ("fail call=aclrtSetDevice code=107001 rank=1", (), (f"rank 1 on {host}", "aclrtSetDevice", "planted, or a mistake")),
                ("fail call=aclInit code=500000 rank=1", (), ("rank 1", "aclInit: code 500000")),
                ("", ("backend_options.graphs=true",), ("'graphs'", "device_events"))]
        for faults, settings, fragments in rows:
            with self.subTest(faults or settings[0]):
                self.assert_refused(self.run_on(FAULTS, faults, settings=settings), *fragments)
                self.assertFalse((self.folder / "x.h5").exists())

    def test_an_error_in_mid_run_ends_the_launch_and_keeps_what_was_done(self):
        rows = [("hang call=HcclAllReduce after=20 rank=2", "HcclAllReduce failed (code 0: no end after 1.00 s; device "),
                ("async code=19 after=30 rank=1", "failed (code 19: asynchronous error, planted error; device 1 of "),
                ("fail call=HcclAllReduce code=4 after=20 rank=1", "HcclAllReduce failed (code 4: planted error; device 1 of ")]
        for number, (faults, sentence) in enumerate(rows):
            with self.subTest(faults):
                process = self.run_on(FAULTS, faults, output=f"{number}.h5")
                self.assertEqual(process.returncode, BROKEN, process.stdout + process.stderr)
                self.assertIn(sentence, process.stderr)
                self.assertIn("finished cases are kept", process.stderr)
                self.assertTrue((self.folder / f"{number}.h5.parts/000001-0.h5").exists())
        resumed = self.run_on(FAULTS, ranks=3, output="0.h5", more=["--resume"])
        self.assertEqual(resumed.returncode, NOT_MEASURED, resumed.stderr)
        self.assertIn("kept from the earlier launch", resumed.stderr)

    def test_one_wrong_element_fails_the_case(self):
        process = self.run_on(FAULTS, "wrong call=HcclAllReduce rank=1")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        status, why = self.cases()[("allreduce", "float32", 3)]
        self.assertEqual(status, "failed")
        self.assertIn("wrong data on rank 1, element ", why)

    def test_list_backends_says_that_it_was_never_run_on_hardware_or_that_it_is_a_stand_in(self):
        listed = self.call("list", "backends", "--backend", "hccl", "--backend-library", LIBRARY).stdout
        self.assertIn("HCCL (AscendCL 1.15.0)", " ".join(listed.split()))
        self.assertIn("a stand-in, not the real library", " ".join(listed.split()))
        listed = self.call("list", "backends", "--backend", "hccl", "--backend-library", LIBRARY,
                           environment={"PLUMBLINE_FAKE": "devices count=0"}).stdout
        self.assertIn("not usable", listed)
        self.assertIn("no device", " ".join(listed.split()))


if __name__ == "__main__":
    main()
