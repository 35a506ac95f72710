# SPDX-License-Identifier: Apache-2.0
"""The nccl backend on the stand-in for NCCL: the main job, and what goes wrong with devices."""
import json
import os

from support import BROKEN, NOT_MEASURED, PRODUCTS, SMALL, CliTest, main, seconds

LIBRARY = os.environ["FAKE_NCCL"]
CUDA_RUNTIME = os.path.join(os.path.dirname(LIBRARY), "libcudart.so.13")

# Short cases and one long one, so that a fault after many operations meets the long one alone.
LONG_AND_SHORT = """
plumbline: 1
name: faults
backend: nccl
order: {shuffle: false}
scale: {ranks: [1, all]}
backend_options: {init_timeout: 2s, operation_timeout: 1s}
stop: {max_seconds: 20, min_samples: 6, max_samples: 6}
cases:
  - {pattern: alltoall, bytes: 4KiB}
  - {pattern: allreduce, bytes: 4KiB, stop: {min_samples: 60, max_samples: 60}}
  - {pattern: allgather, bytes: 4KiB}
"""


class OnStandIn(CliTest):
    def run_on(self, scenario, faults="", ranks=3, output="x.h5", settings=(), launcher="tcp"):
        """Ranks of plumbline's own launcher wait asleep, so that on two busy cores these tests take half of the time that MPI's take."""
        self.write("s.yaml", scenario)
        sets = [word for setting in settings for word in ("--set", setting)]
        return self.call("run", "s.yaml", "-o", output, "--backend", "nccl", "--backend-library", LIBRARY, *sets, ranks=ranks, launcher=launcher,
                         environment={"PLUMBLINE_FAKE": faults})

    def shown(self, output="x.h5"):
        return json.loads(self.call("show", output, "--format", "json").stdout)

    def cases(self):
        """{(pattern, ranks): (status, why)}"""
        return {(case["pattern"], case["ranks"]): (case["status"], case["why"]) for case in self.shown()["cases"]}


class MainJob(OnStandIn):
    def test_everything_is_measured_and_nothing_passes(self):
        process = self.run_on(SMALL + "targets:\n  - {name: bw, metric: busbw, where: {pattern: alltoall}, at_ranks: all, "
                              "at_least: 0.000001}\n", launcher="mpi")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        self.assertIn("stand-in: true", process.stdout)
        self.assertIn("verdict: NOT_MEASURED", process.stdout)
        self.assertNotIn("PASS", process.stdout)
        self.assertEqual({status for status, _ in self.cases().values()}, {"measured"})
        self.assertTrue(self.shown()["run"]["stand_in"])
        for target_format, mark in (("text", "stand-in"), ("json", '"stand_in": true'), ("junit", 'name="stand_in" value="true"')):
            judged = self.call("check", "x.h5", "--format", target_format)
            self.assertEqual(judged.returncode, NOT_MEASURED)
            self.assertIn(mark, judged.stdout)
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, 0)
        self.assertIn("Stand-in: a library for tests", (self.folder / "x.html").read_text(encoding="utf-8"))

    def test_whatever_reads_its_file_says_what_it_is(self):
        for output in ("x.h5", "y.h5"):
            self.run_on("plumbline: 1\nname: s\ncases:\n  - {pattern: allreduce, bytes: 8}\n", ranks=2, output=output)
        compared = self.call("compare", "x.h5", "y.h5").stdout
        self.assertIn("STAND-IN", compared)
        self.assertTrue(json.loads(self.call("compare", "x.h5", "y.h5", "--format", "json").stdout)["runs"][0]["stand_in"])
        self.assertIn("(stand-in)", self.call("history", ".", "--format", "json").stdout)
        self.assertIn("stand-in: true", self.call("diagnose", "x.h5").stdout)
        self.assertTrue(json.loads(self.call("diagnose", "x.h5", "--format", "json").stdout)["stand_in"])
        self.assertEqual(self.call("report", "x.h5", "y.h5", "-o", "z.html").returncode, 0)
        self.assertIn('"stand_in":true', (self.folder / "z.html").read_text(encoding="utf-8").replace(": ", ":"))

    def test_nothing_is_left_in_shared_memory_by_ranks_that_never_came(self):
        before = set(os.listdir("/dev/shm"))
        self.run_on(LONG_AND_SHORT, "fail call=ncclCommInitRank code=2 rank=1")
        self.assertEqual({name for name in set(os.listdir("/dev/shm")) - before if "plumbline" in name}, set())

    def test_devices_and_their_own_times_are_in_the_file(self):
        import h5py
        self.run_on(SMALL, ranks=2)
        with h5py.File(self.folder / "x.h5", "r") as run:
            devices = [row["device"].decode() for row in run["environment/ranks"][:]]
            self.assertEqual(len(set(devices)), 2)
            self.assertTrue(all("GPU-5a000000" in device for device in devices), devices)
            times = run["cases/000001/rounds/0/shares/device_s"][:]
            whole = seconds(run["cases/000001/rounds/0"])
            self.assertTrue((times > 0).all() and (times <= whole * run["cases/000001/rounds/0/batch"][:][:, None]).all())

    def test_a_run_without_targets_is_not_green_either(self):
        process = self.run_on("plumbline: 1\nname: s\ncases:\n  - {pattern: allreduce, bytes: 8}\n", ranks=2)
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        self.assertIn("real-library", process.stdout)

    def test_graphs_registered_buffers_and_products_on_the_device(self):
        process = self.run_on("""
            plumbline: 1
            name: s
            backend_options: {graphs: true, register_buffers: true}
            stop: {min_samples: 6, max_samples: 6}
            cases:
              - {pattern: allreduce, bytes: 64KiB, in_place: both}
              - {pattern: alltoall, bytes: 64KiB}
              - {pattern: data_parallel, compute: 100us, gradient_bytes: 4KiB}
        """, ranks=2)
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        self.assertEqual({status for status, _ in self.cases().values()}, {"measured"})
        self.assertEqual(self.shown()["run"]["facts"]["graphs"], "yes")

    EIGHT_BITS = """
plumbline: 1
name: s
stop: {min_samples: 6, max_samples: 6}
cases:
  - {pattern: allreduce, bytes: 4KiB, dtype: [float8_e4m3, float8_e5m2], op: [sum, max]}
  - {pattern: allgather, bytes: 4KiB, dtype: [float8_e4m3, float8_e5m2]}
"""

    def test_floats_of_eight_bits_where_the_library_has_them(self):
        self.run_on(self.EIGHT_BITS, ranks=3)
        self.assertEqual([case["status"] for case in self.shown()["cases"]], ["measured"] * 6)
        self.run_on(self.EIGHT_BITS, "wrong call=ncclAllReduce rank=1", ranks=3, output="y.h5")
        self.assertEqual({case["status"] for case in self.shown("y.h5")["cases"] if case["pattern"] == "allreduce"}, {"failed"})
        self.run_on(self.EIGHT_BITS, "version value=22304", ranks=3, output="z.h5")
        cases = self.shown("z.h5")["cases"]
        self.assertEqual([case["status"] for case in cases], ["skipped"] * 6)
        self.assertIn("float8_e4m3 came with NCCL 2.24.0, and this is 2.23.4", cases[0]["why"])

    def test_matrix_products_on_the_device(self):
        process = self.run_on(PRODUCTS, ranks=2)
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        self.assertRegex(self.shown()["run"]["facts"]["matrix products"], r"^cuBLAS 13\.1\.0 \(/.*\)$")
        cases = self.shown()["cases"]
        self.assertEqual([(case["ranks"], case["status"]) for case in cases], [(1, "measured"), (2, "measured")] * 2 + [(2, "measured")], cases)
        process = self.run_on(PRODUCTS.replace("dtype: float32", "dtype: bfloat16"), "fail call=cublasGemmEx code=15 rank=1", ranks=2, output="z.h5")
        self.assertEqual([case["status"] for case in self.shown("z.h5")["cases"]], ["measured"] * 4 + ["failed"], process.stderr)
        self.assertIn("rank 1: cublasGemmEx failed (code 15: ", self.shown("z.h5")["cases"][-1]["why"])
        process = self.run_on(PRODUCTS.replace("dtype: float32", "dtype: bfloat16"), ranks=2, output="w.h5")
        self.assertEqual({case["status"] for case in self.shown("w.h5")["cases"]}, {"measured"}, process.stderr)
        process = self.run_on(PRODUCTS, "fail call=cublasSgemm_v2 code=13 after=40 rank=1", ranks=2, output="y.h5")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        failed = [case["why"] for case in self.shown("y.h5")["cases"] if case["status"] == "failed"]
        self.assertTrue(failed)
        for why in failed:
            self.assertIn("rank 1: cublasSgemm_v2 failed (code 13: ", why)


class WhatTheLibraryAndTheDeviceSay(OnStandIn):
    CASE = """
plumbline: 1
name: s
scale: {ranks: [all]}
stop: {min_samples: 20, max_samples: 20, relative_ci: 0.0001}
cases:
  - {pattern: allreduce, bytes: 4KiB}
"""

    def test_the_state_of_each_device_is_in_the_file_and_throttling_explains_a_wide_interval(self):
        import h5py
        process = self.run_on(self.CASE, "throttled mhz=1200 value=64 rank=1", ranks=2)
        host = os.uname().nodename
        self.assertIn(f"the device of rank 1 on {host} was throttled: hardware thermal slowdown (at 1200 MHz)", process.stderr)
        with h5py.File(self.folder / "x.h5", "r") as run:
            devices = run["cases/000000/rounds/0/devices"][:]
        self.assertEqual(list(devices["clock_before_hz"]), [1.41e9, 1.2e9])
        self.assertEqual(list(devices["throttle_reasons_after"]), [0, 64])
        self.assertEqual(list(devices["power_after_w"]), [250, 250])
        self.assertEqual(list(devices["link_errors_after"]), [0, 0])

    def test_errors_of_links_during_a_round_are_warned_of(self):
        process = self.run_on(self.CASE, "link-errors count=3 rank=0", ranks=2)
        self.assertRegex(process.stderr, r"warning: .*the device of rank 0 on \S+ counted 0 uncorrected errors of its memory and 3 errors")
        self.assertNotIn("throttled", process.stderr)

    def test_what_the_library_says_of_itself_is_in_the_file(self):
        self.run_on(self.CASE, ranks=3)
        log = self.shown()["run"]["library_log"]
        self.assertEqual(log, {"version": "2.28.9+stand-in", "network": "Socket", "NICs": "lo:127.0.0.1<0>", "NVLS": "not available",
                               "transports on rank 1": "SHM/direct", "transports on rank 2": "SHM/direct"})
        self.run_on(self.CASE, ranks=2, output="y.h5", settings=["backend_options.library_log=off"])
        self.assertEqual(self.shown("y.h5")["run"]["library_log"], {"log": "not asked for"})
        process = self.run_on(self.CASE, ranks=2, output="z.h5", settings=["backend_options.library_log=all"])
        self.assert_refused(process, "library_log", "'all'", "start, tuning, off")


class BeforeAnythingIsMeasured(OnStandIn):
    def test_what_is_wrong_with_a_library_or_a_device_ends_all_ranks_with_one_sentence(self):
        host = os.uname().nodename
        rows = [("version value=2803", (), ("libnccl.so.2", "2.8.3", "2.10.0")),
                ("version value=22600 rank=1", (), ("rank 0 has NCCL 2.28.9", f"rank 1 on {host} has NCCL 2.26.0", "ncclGetVersion")),
                ("devices count=2", (), (f"3 ranks on {host} find 2 devices", "cudaGetDeviceCount")),
                ("one-device", (), ("ranks 0 and 1", host, "GPU-5a000000", "cudaSetDevice")),
                ("fail call=cudaSetDevice code=101 rank=1", (), (f"rank 1 on {host}", "cudaSetDevice", "invalid device ordinal")),
                ("", ("backend_options.graph=true",), ("'graph'", "graphs"))]
        for faults, settings, fragments in rows:
            with self.subTest(faults or settings[0]):
                process = self.run_on(LONG_AND_SHORT, faults, settings=settings)
                self.assert_refused(process, *fragments)
                self.assertFalse((self.folder / "x.h5").exists())

    def test_no_device_at_all_is_what_list_backends_says(self):
        listed = self.call("list", "backends", "--backend", "nccl", "--backend-library", LIBRARY,
                           environment={"PLUMBLINE_FAKE": "devices count=0"}).stdout
        self.assertIn("not usable", listed)
        self.assertIn("no device", " ".join(listed.split()))
        listed = self.call("list", "backends", "--backend", "nccl", "--backend-library", LIBRARY).stdout
        self.assertIn("a stand-in, not the real library", " ".join(listed.split()))


class MpiOnDeviceMemory(CliTest):
    """Backend mpi with buffers on devices: the stand-in's memory is the host's, which every MPI takes."""

    def run_on(self, *settings, faults="", ranks=2, runtime=CUDA_RUNTIME):
        self.write("s.yaml", SMALL)
        sets = [word for setting in ("memory=cuda", *([f"cuda_runtime={runtime}"] if runtime else []), *settings)
                for word in ("--set", f"backend_options.{setting}")]
        return self.call("run", "s.yaml", "-o", "x.h5", "--force", *sets, ranks=ranks, environment={"PLUMBLINE_FAKE": faults})

    def test_everything_is_measured_there_and_the_file_says_where(self):
        import h5py
        process = self.run_on()
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        self.assertIn("stand-in: true", process.stdout)
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        self.assertEqual({case["status"] for case in shown["cases"]}, {"measured"})
        self.assertEqual(shown["run"]["backend"], "mpi")
        self.assertEqual(shown["run"]["facts"]["memory"], f"of devices, by cuda 13000 ({CUDA_RUNTIME})")
        with h5py.File(self.folder / "x.h5", "r") as run:
            self.assertEqual([row["device"].decode()[:2] for row in run["environment/ranks"][:]], ["0 ", "1 "])
        self.assertNotIn("memory", json.loads(self.without_devices())["run"]["facts"])

    def without_devices(self):
        self.call("run", "s.yaml", "-o", "y.h5", ranks=2)
        return self.call("show", "y.h5", "--format", "json").stdout

    def test_what_is_wrong_ends_all_ranks_with_one_sentence(self):
        rows = [("", ("memory=gpu",), ("'gpu'", "host, cuda")),
                ("", ("graphs=true",), ("'graphs'", "memory, cuda_runtime")),
                ("", ("memory=host",), ("cuda_runtime is of no use",)),
                ("devices count=2", (), ("3 ranks on ", "find 2 devices")),
                ("one-device", (), ("ranks 0 and 1", "GPU-5a000000")),
                ("fail call=cudaMalloc code=2 rank=1", (), ("rank 1 on ", "no memory left", "memory: host")),
                ("fail call=cudaMemcpy code=1 rank=1 after=3", (), ("rank 1 on ", "MPI fails with device memory: cudaMemcpy")),
                ("fail call=cudaSetDevice code=101 rank=1", (), ("rank 1 on ", "invalid device ordinal"))]
        for faults, settings, fragments in rows:
            with self.subTest(faults or settings[0]):
                self.assert_refused(self.run_on(*settings, faults=faults, ranks=3), *fragments)
        self.assert_refused(self.run_on(runtime="/nowhere/libcudart.so"), "/nowhere/libcudart.so", "rank 0 on ")

    def test_the_simulated_backend_knows_no_option(self):
        self.write("s.yaml", SMALL)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--backend", "sim", "--set", "simulation.ranks=2", "--set", "backend_options.memory=cuda")
        self.assert_refused(process, "'memory'", "sim does not know")

    def test_a_case_without_room_on_one_device_is_skipped(self):
        self.write("s.yaml", SMALL)
        process = self.run_on(faults="fail call=cudaMalloc code=2 rank=1 after=4")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        self.assertIn("skipped", {case["status"] for case in shown["cases"]})


class InMidRun(OnStandIn):
    def assert_only_the_long_case_failed(self, faults, *fragments):
        process = self.run_on(LONG_AND_SHORT, faults)
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        cases = self.cases()
        status, why = cases.pop(("allreduce", 3))
        self.assertEqual(status, "failed", why)
        for fragment in fragments:
            self.assertIn(fragment, why)
        self.assertEqual({status for status, _ in cases.values()}, {"measured"}, cases)

    def test_a_communicator_that_fails_on_one_rank_alone_fails_the_cases_that_need_it(self):
        process = self.run_on(LONG_AND_SHORT, "fail call=ncclCommInitRank code=2 rank=1")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        for (_, ranks), (status, why) in self.cases().items():
            self.assertEqual(status, "measured" if ranks == 1 else "failed")
            if ranks > 1:
                self.assertIn("rank 1: ncclCommInitRank failed (code 2: unhandled system error; device 1 of ", why)

    def test_an_asynchronous_error_fails_the_case_and_the_rest_goes_on(self):
        self.assert_only_the_long_case_failed("async code=2 after=30 rank=1", "rank 1: nccl", "failed (code 2: asynchronous error, ",
                                              "device 1 of ")

    def test_an_asynchronous_error_that_says_that_a_peer_failed_is_named_on_a_rank_that_saw_it(self):
        # What the others see when a rank gives up is the same code: which of them is named can't be known.
        self.assert_only_the_long_case_failed("async code=6 after=30 rank=1", ": nccl", "failed (code 6: asynchronous error, ",
                                              "remote process exited or there was a network error")

    def test_a_hang_fails_the_case_and_the_rest_goes_on(self):
        self.assert_only_the_long_case_failed("hang call=ncclAllReduce after=20 rank=2", "ncclAllReduce failed (", "no end after 1.00 s",
                                              " of ")

    def test_a_call_that_fails_on_one_rank_fails_the_case_and_the_rest_goes_on(self):
        self.assert_only_the_long_case_failed("fail call=ncclAllReduce code=3 after=20 rank=1",
                                              "rank 1: ncclAllReduce failed (code 3: internal error; device 1 of ")

    def test_what_fails_beside_the_operation_ends_no_launch(self):
        rows = [("fail call=cudaEventElapsedTime code=2 rank=1 after=20", "", "cudaEventElapsedTime failed"),
                ("fail call=ncclGetUniqueId code=2 rank=0 after=1", "", "ncclGetUniqueId failed"),
                ("fail call=cudaMemGetInfo code=2 rank=1 after=1", "", "cudaMemGetInfo failed"),
                ("fail call=cudaMalloc code=2 rank=1 after=4", "graphs: true, ", "not enough memory")]
        for number, (faults, option, sentence) in enumerate(rows):
            with self.subTest(faults):
                process = self.run_on(f"""
                    plumbline: 1
                    name: s
                    order: {{shuffle: false}}
                    scale: {{ranks: [all]}}
                    backend_options: {{{option}init_timeout: 5s, operation_timeout: 1s}}
                    stop: {{max_seconds: 20, min_samples: 6, max_samples: 6}}
                    cases:
                      - {{pattern: allgather, bytes: 4KiB}}
                      - {{pattern: pipeline, schedule: gpipe, microbatches: 2, activation_bytes: 4KiB, forward: 100us, backward: 100us}}
                      - {{pattern: allreduce, bytes: 4KiB, stop: {{min_samples: 60, max_samples: 60}}}}
                      - {{pattern: barrier}}
                """, faults, output=f"{number}.h5")
                self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
                cases = self.shown(f"{number}.h5")["cases"]
                self.assertEqual(len(cases), 4, cases)
                self.assertTrue(any(sentence in case["why"] for case in cases), cases)

    def test_teams_of_a_step_are_split_off_its_communicator_where_asked_for(self):
        step = "{pattern: training_step, model: {layers: 2, hidden: 64, heads: 4, sequence: 16, vocabulary: 64}, microbatch: 1, " \
               "batch_per_replica: 2, compute_flops: 1e12, tensor: %d}"
        scenario = f"""
            plumbline: 1
            name: s
            order: {{shuffle: false}}
            rounds: 2
            scale: {{ranks: [2, 4]}}
            backend_options: {{split_teams: true, init_timeout: 20s, operation_timeout: 10s}}
            stop: {{max_seconds: 20, min_samples: 6, max_samples: 6}}
            cases:
              - {step % 1}
              - {step % 2}
              - {{pattern: allreduce, bytes: 4KiB}}
        """
        # Where one rank fails, each of the others waits for init_timeout: four cases, in one round.
        rows = [("", (), 0), ("fail call=ncclCommSplit code=3 rank=1", ("backend_options.init_timeout=1500ms", "rounds=1"), 4),
                ("fail call=ncclCommSplit code=3 rank=1", ("backend_options.split_teams=false",), 0)]
        for number, (faults, settings, failed) in enumerate(rows):
            with self.subTest(f"{faults} {settings}"):
                output = f"{number}.h5"
                process = self.run_on(scenario, faults, ranks=4, output=output, settings=settings)
                self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
                shown = self.shown(output)
                self.assertEqual(shown["run"]["facts"]["teams of a step"], "joined by ncclCommInitRank" if failed == 0 and faults else "split off by ncclCommSplit")
                whys = [case["why"] for case in shown["cases"] if case["status"] == "failed"]
                self.assertEqual((len(shown["cases"]), len(whys)), (6, failed), shown["cases"])
                for why in whys:
                    self.assertIn("rank 1: ncclCommSplit failed (code 3: internal error; device 1 of ", why)

    def test_one_wrong_element_fails_the_case(self):
        self.assert_only_the_long_case_failed("wrong call=ncclAllReduce rank=1", "wrong data on rank 1, element ")

    def test_data_are_compared_on_the_device_where_it_finds_what_was_planted(self):
        small = "plumbline: 1\nname: s\nstop: {min_samples: 6, max_samples: 6}\ncases:\n  - {pattern: allreduce, bytes: 64KiB, in_place: both}\n"
        rows = [("", (), "on the device, by NVRTC 13.0, which found what was planted"),
                ("", ("backend_options.verify_on=host",), "on the host: as asked for"),
                ("blind call=cuLaunchKernel rank=1", (), "it doesn't find the changed element "),
                ("alarm call=cuLaunchKernel rank=1", (), "it calls element 0 of a right reduce_scatter of float32 wrong"),
                ("fail call=nvrtcCompileProgram code=6 rank=1", (),
                 "nvrtcCompileProgram failed (code 6: NVRTC_ERROR_COMPILATION: plumbline.cu(1): error: planted)"),
                ("fail call=cuModuleLoadData code=200 rank=1", (), "cuModuleLoadData failed (code 200: device kernel image is invalid)"),
                ("fail call=cuLaunchKernel code=1 rank=1 after=7", (), "cuLaunchKernel failed (code 1: planted error)")]
        for number, (faults, settings, said) in enumerate(rows):
            with self.subTest(faults or settings):
                output = f"{number}.h5"
                process = self.run_on(small, faults, ranks=2, output=output, settings=settings)
                self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
                fact = self.shown(output)["run"]["facts"]["data verified"]
                self.assertIn(said, fact)
                if faults:
                    self.assertTrue(fact.startswith("on the host: rank 1 on "), fact)
                self.assertEqual([case["status"] for case in self.shown(output)["cases"]], ["measured"] * 2)
                wrong = self.run_on(small, f"{faults};wrong call=ncclAllReduce rank=1", ranks=2, output="w" + output, settings=settings)
                self.assertEqual(wrong.returncode, NOT_MEASURED, wrong.stderr)
                for case in self.shown("w" + output)["cases"]:
                    self.assertEqual(case["status"], "failed")
                    self.assertRegex(case["why"], r"^wrong data on rank 1, element \d+: expected [\d.]+, got ")

    def test_a_comparison_that_must_be_on_the_device_and_cannot_is_an_error(self):
        process = self.run_on(LONG_AND_SHORT, "blind call=cuLaunchKernel rank=1", settings=("backend_options.verify_on=device",))
        self.assertEqual(process.returncode, 2)
        self.assertRegex(process.stderr, r"verify_on is 'device', which is not available \(rank 1 on \S+: the device's comparison can't be believed: .*Try auto")
        self.assertFalse((self.folder / "x.h5").exists())

    def test_a_comparison_that_fails_or_errs_later_fails_the_cases_that_it_meets(self):
        rows = [("fail call=cuLaunchKernel code=1 rank=1 after=800", "rank 1: cuLaunchKernel failed (code 1: planted error)"),
                ("alarm call=cuLaunchKernel rank=1 after=800",
                 "data of rank 1 can't be judged: its device calls element 0 wrong, which the host finds right")]
        for number, (faults, sentence) in enumerate(rows):
            with self.subTest(faults):
                output = f"{number}.h5"
                process = self.run_on(LONG_AND_SHORT, faults, output=output)
                self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
                self.assertIn(sentence, {case["why"] for case in self.shown(output)["cases"] if case["status"] == "failed"})

    def test_a_failure_while_links_are_measured_fails_that_case_alone(self):
        # Of a send that hangs either end may be the first to give up.
        rows = [("links", "hang call=ncclSend after=6 rank=1", " failed (code 0: no end after 1.00 s; device "),
                ("links", "fail call=ncclRecv code=3 after=4 rank=2", "rank 2: ncclRecv failed (code 3: internal error; device 2 of "),
                ("bisect", "fail call=ncclSend code=3 after=2 rank=1", "rank 1: ncclSend failed (code 3: internal error; device 1 of ")]
        for number, (pattern, faults, sentence) in enumerate(rows):
            with self.subTest(f"{pattern}: {faults}"):
                process = self.run_on(f"""
                    plumbline: 1
                    name: s
                    order: {{shuffle: false}}
                    scale: {{ranks: [all]}}
                    backend_options: {{init_timeout: 5s, operation_timeout: 1s}}
                    stop: {{max_seconds: 20, min_samples: 6, max_samples: 6}}
                    cases:
                      - {{pattern: {pattern}, bytes: 4KiB}}
                      - {{pattern: allreduce, bytes: 4KiB}}
                """, faults, output=f"{number}.h5")
                self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
                cases = {case["pattern"]: (case["status"], case["why"]) for case in self.shown(f"{number}.h5")["cases"]}
                self.assertEqual(cases[pattern][0], "failed", cases)
                self.assertIn(sentence, cases[pattern][1])
                self.assertEqual(cases["allreduce"][0], "measured", cases)

    def test_a_failure_on_one_victim_or_one_aggressor_fails_the_congestion_case_alone(self):
        rows = [("fail call=ncclAllReduce code=3 after=4 rank=1", "rank 1: ncclAllReduce failed (code 3: internal error; device 1 of "),
                ("hang call=ncclAllReduce after=4 rank=2", "ncclAllReduce failed (code "),
                ("fail call=ncclSend code=3 after=2 rank=3", "rank 3: ncclSend failed (code 3: internal error; device 3 of ")]
        for number, (faults, sentence) in enumerate(rows):
            with self.subTest(faults):
                process = self.run_on("""
                    plumbline: 1
                    name: s
                    order: {shuffle: false}
                    scale: {ranks: [all]}
                    backend_options: {init_timeout: 5s, operation_timeout: 1s}
                    stop: {max_seconds: 20, min_samples: 24, max_samples: 24}
                    cases:
                      - {pattern: congestion, victim: allreduce, bytes: 1KiB, aggressor: incast, aggressor_bytes: 4KiB, victims: 50%, level: rank}
                      - {pattern: allgather, bytes: 4KiB}
                """, faults, ranks=4, output=f"{number}.h5")
                self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
                cases = {case["pattern"]: (case["status"], case["why"]) for case in self.shown(f"{number}.h5")["cases"]}
                self.assertEqual(cases["congestion"][0], "failed", cases)
                self.assertIn(sentence, cases["congestion"][1])
                self.assertEqual(cases["allgather"][0], "measured", cases)

    def test_a_hang_that_the_backend_does_not_end_is_named_by_the_watchdog(self):
        self.write("s.yaml", LONG_AND_SHORT.replace("operation_timeout: 1s", "operation_timeout: 300s"))
        # Long enough for ranks that only get ready on a busy machine: those don't hang.
        process = self.call("run", "s.yaml", "-o", "x.h5", "--hang-after", "10s", "--backend-library", LIBRARY, ranks=3, launcher="tcp",
                            environment={"PLUMBLINE_FAKE": "hang call=ncclAllReduce after=20 rank=2"})
        self.assertEqual(process.returncode, BROKEN, process.stdout + process.stderr)
        self.assertRegex(process.stderr, r"rank \d \(.*allreduce, 4 KiB")
        self.assertIn("measured", {case["status"] for case in self.shown()["cases"]})

    def test_a_slow_device_is_measured_as_slow(self):
        self.run_on("plumbline: 1\nname: s\nscale: {ranks: [all]}\nstop: {min_samples: 6, max_samples: 6}\n"
                    "cases:\n  - {pattern: allreduce, bytes: 4KiB}\n", "slow us=3000 rank=1")
        case, = self.shown()["cases"]
        self.assertGreater(case["min_s"], 3e-3)

    def test_a_device_without_memory_skips_the_case(self):
        process = self.run_on(LONG_AND_SHORT, "fail call=cudaMalloc code=2 after=4 rank=1")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        self.assertIn("skipped", {status for status, _ in self.cases().values()})


if __name__ == "__main__":
    main()
