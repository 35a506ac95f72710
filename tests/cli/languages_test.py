# SPDX-License-Identifier: Apache-2.0
"""A reader of Chinese finds no English sentence in what any command prints of one run that fails, nor in what is wrong with an input."""
import json
import os
import pathlib
import re

import h5py

from support import FAIL, PASS, USAGE, CliTest, main

# Two ranks of MPI: a FAIL, a PASS, a case that is skipped, and a target without a case.
SCENARIO = """
plumbline: 1
name: site
scale: {ranks: [1, all]}
stop: {min_samples: 6, max_samples: 8, max_seconds: 0.2}
cases:
  - {pattern: allreduce, bytes: [64KiB, 1MiB]}
  - {pattern: pingpong, bytes: 64KiB}
targets:
  - {name: rate, metric: busbw, where: {pattern: allreduce, bytes: 1MiB}, at_ranks: all, at_least: 100000GB/s}
  - {name: right, metric: wrong_data, at_most: 0}
  - {name: gone, metric: busbw, where: {pattern: allgather}, at_least: 1GB/s}
"""
LOG = pathlib.Path(__file__).parent / "logs" / "nccl-tests.log"
# Three English words in a row are a sentence, but for names and what is quoted or typed.
SENTENCE = re.compile(r"(?<![\w'.<-])[A-Za-z][a-z']+ [a-z][a-z']+ [a-z][a-z']+")
QUOTED = re.compile(r"'[^']*'|\([^()]*\bcommit\b[^()]*\)")
NAMES = ("Debian", "Ubuntu", "AMD ", "Intel", "CLOCK_MONOTONIC", "et al.", "arXiv", "docs of running", "its shipped")  # the last ones: sources of published values

MISTAKES = [  # arguments, and words of the answer
    (("show", "none.h5"), "不能读取 'none.h5'（没有这个文件或目录）。请检查路径"),
    (("show", "s.yaml"), "不是运行文件"),
    (("show", "x.h5", "--lan", "zh"), "没有选项 '--lan'。最接近的是 '--lang'"),
    (("frobnicate",), "没有命令 'frobnicate'"),
    (("run",), "缺少 SCENARIO"),
    (("show", "x.h5", "y"), "多余的参数"),
    (("show", "x.h5", "--format", "jsn"), "最接近的是 'json'"),
    (("project", "x.h5", "--ranks", "0"), "之间的数"),
    (("validate", "no-such-scenario"), "没有这个文件，也没有这个名字的自带场景"),
    (("validate", "bad.yaml"), "键 'cases[0].pattern' 为 'allreduse'"),
    (("validate", "bad.yaml"), "键 'stop.min_samples' 为 'few'（需要"),
    (("validate", "bad.yaml"), "键 'nam' 未知"),
    (("validate", "cut.yaml"), "不是 YAML"),
    (("run", "braces.yaml"), "请写成 {key: value}"),
    (("diagnose", "x.h5", "--floor", "3x"), "--floor '3x' 不是速率"),
    (("compare", "x.h5"), "没有可比较的"),
    (("history", "none"), "'none' 不是文件夹"),
    (("run", "s.yaml", "-o", "x.h5"), "已存在（结果绝不覆盖）"),
    (("import", "--from", "nccl-tests", "s.yaml"), "没有 nccl-tests 的结果"),
    (("launch", "--", "run", "s.yaml"), "launch 需要主机"),
    (("sign", "x.h5"), "sign 需要运行文件和 --key"),
    (("run", "s.yaml", "--backend", "mpii"), "没有后端 'mpii'"),
]


def english_sentences(text):
    lines = [QUOTED.sub("", line) for line in text.splitlines()]
    return [line for line in lines if SENTENCE.search(line) and not any(name in line for name in NAMES)]


class Languages(CliTest):
    CHINESE = {"LC_ALL": "zh_CN.UTF-8"}

    def said(self, *arguments):
        return self.call(*arguments, environment=self.CHINESE)

    def test_of_one_run_and_of_what_is_wrong_every_command_speaks_chinese(self):
        self.write("s.yaml", SCENARIO)
        self.write("bad.yaml", SCENARIO.replace("name: site", "nam: site").replace("allreduce, bytes: [", "allreduse, bytes: [").replace("samples: 6", "samples: few"))
        self.write("cut.yaml", "plumbline: [1\n")
        self.write("braces.yaml", "plumbline: 1\nname: x\ncases: [{pattern: alltoallv, bytes: 8, skew: 2}]\n")
        run = self.call("run", "s.yaml", "-o", "x.h5", "--exit-status", "ran", "--lang", "zh", ranks=2)
        self.assertEqual(run.returncode, PASS, run.stderr)
        self.assertIn("结论：不通过", run.stdout)
        self.assertEqual(english_sentences(run.stdout + run.stderr), [])

        with self.subTest("the file has code and values beside plain English"), h5py.File(self.folder / "x.h5") as file:
            headers = [json.loads(text) for text in file["headers"].asstr()[()]]
            skipped = next(header for header in headers if header["status"] == "skipped")
            self.assertEqual(skipped["reason"], "pingpong needs a partner (there is 1 rank)")
            self.assertEqual(skipped["reason_said"], {"code": "{} needs a partner (there is 1 rank)", "values": ["pingpong"]})
            self.assertEqual(len(file["warnings"]), len(file["warnings_said"]))
            machines = [json.loads(text) for text in file["environment/machines"].asstr()[()]]
            self.assertEqual([machine["properties"]["kernel"] for machine in machines], [os.uname().release])
            for english, said in zip(file["warnings"].asstr(), file["warnings_said"].asstr()):
                self.assertIn("code", json.loads(said), english)

        for arguments, status in ((("show", "x.h5"), PASS), (("check", "x.h5"), FAIL), (("diagnose", "x.h5"), PASS), (("verify", "x.h5"), PASS),
                                  (("compare", "x.h5", "x.h5"), PASS), (("validate", "s.yaml"), PASS), (("history", "."), 4),
                                  (("project", "x.h5", "--ranks", "8"), 4), (("doctor",), None),
                                  (("list", "scenarios"), PASS), (("list", "patterns"), PASS), (("list", "backends"), PASS),
                                  (("list", "profiles"), PASS), (("list", "references"), PASS), (("list", "metrics"), PASS),
                                  (("bounds", "--nodes", "2", "--ranks-per-node", "8", "--ports", "4x400Gbit/s", "--inside", "450GB/s", "--leaf", "1x400Gbit/s"), PASS),
                                  (("published", "megascale-175b", "megatron-lm-175b"), PASS), (("published", "llama3-54-days"), PASS),
                                  (("run", "s.yaml", "--dry-run"), PASS), (("import", "--from", "nccl-tests", LOG, "-o", "i.h5"), PASS),
                                  (("sign", "--new-key", "a.key"), PASS), (("sign", "x.h5", "--key", "a.key"), PASS),
                                  (("anonymise", "x.h5", "-o", "an.h5"), PASS)):
            with self.subTest(arguments):
                said = self.said(*arguments)
                self.assertIn(said.returncode, (0, 1) if status is None else (status,), said.stderr)
                self.assertRegex(said.stdout, "[\u4e00-\u9fff]")
                self.assertEqual(english_sentences(said.stdout + said.stderr), [])
        with self.subTest("the report as Markdown"):
            self.assertEqual(self.said("report", "x.h5", "--format", "md", "-o", "x.md").returncode, PASS)
            page = (self.folder / "x.md").read_text(encoding="utf-8")
            self.assertEqual(english_sentences(page), [])
            self.assertIn("被测环境实况", page)
            self.assertIn(f"| 内核 | {os.uname().release} |", page)
        for arguments, words in MISTAKES:
            with self.subTest(arguments):
                said = self.said(*arguments)
                self.assertEqual((said.returncode, said.stdout), (USAGE, ""))
                self.assertIn(words, said.stderr)
                self.assertEqual(english_sentences(said.stderr), [])
                self.assertRegex(self.call(*arguments).stderr, r"^plumbline: [\x00-\x7f]*$")

    def test_a_slow_node_is_named_in_chinese_by_run_check_diagnose_and_its_page(self):
        slow = pathlib.Path(__file__).parents[2] / "docs/examples/slow-node.yaml"
        run = self.said("run", slow, "-o", "slow.h5", "--set", "stop.max_seconds=1", "--exit-status", "ran", "--progress", "summary")
        self.assertEqual(run.returncode, PASS, run.stderr)
        texts = {"run": run.stdout + run.stderr, "check": self.said("check", "slow.h5").stdout, "diagnose": self.said("diagnose", "slow.h5").stdout}
        self.assertEqual(self.said("diagnose", "slow.h5", "--format", "html", "-o", "slow.html").returncode, PASS)
        texts["page"] = re.sub("<style>.*?</style>|<[^>]*>", " ", (self.folder / "slow.html").read_text(encoding="utf-8"), flags=re.DOTALL)
        for name, text in texts.items():
            with self.subTest(name):
                self.assertIn("sim5 的网卡", text)
                self.assertEqual(english_sentences(text), [])
                # Not even two words, but for names.
                self.assertEqual(re.findall(r"(?<![\w'.-])(?!rank)[a-z]{3,} (?:in |of |[a-z]{3,}).*", QUOTED.sub("", text)), [])
        self.assertRegex(texts["diagnose"], r"sim5 的网卡：带宽 -4\d % \[-4\d, -4\d\]，15 对中有 15 对，两个方向都是")
        self.assertRegex(self.call("diagnose", "slow.h5").stdout, r"sim5 NIC: -4\d % \[-4\d, -4\d\] bandwidth in 15 of 15 pairs, both directions\n")

    def test_help_of_every_command_is_chinese_and_keeps_within_80_columns(self):
        names = re.findall(r"^  ([a-z]+) ", self.call("help").stdout, re.MULTILINE)
        self.assertIn("run", names)
        for arguments in ((), ("help",), *(("help", name) for name in names)):
            said = self.said(*arguments)
            text = said.stdout + said.stderr
            self.assertRegex(text, "[\u4e00-\u9fff]", arguments)
            typed = re.sub(r"^    plumbline.*|^    \S*(?:mpirun|srun|osu).*|-- run \.\.\.", "", text, flags=re.MULTILINE)
            self.assertEqual(english_sentences(typed), [], arguments)
            for line in typed.splitlines():
                wide = len(re.findall("[\u2e80-\u9fff\uff00-\uff60]", line))
                self.assertLessEqual(len(line) + wide, 80, line)

    def test_doctor_keeps_within_80_columns(self):
        for language in ("en", "zh"):
            for line in self.call("doctor", "--lang", language).stdout.splitlines():
                wide = len(re.findall("[\u2e80-\u9fff\uff00-\uff60]", line))
                word = max(map(len, line.split()), default=0)
                self.assertTrue(len(line) + wide <= 80 or word > 40, line)


if __name__ == "__main__":
    main()
