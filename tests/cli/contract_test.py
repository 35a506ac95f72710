# SPDX-License-Identifier: Apache-2.0
"""What docs/how-to says of contracts works as it stands there: its files are valid, and a run meets or misses every clause."""
import json
import re

from support import PASS, ROOT, CliTest, main

PAGES = ("docs/how-to/write-a-contract.md", "docs/how-to/write-a-contract.zh-CN.md")


def yaml_blocks(page):
    return re.findall(r"^```yaml\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


class Contract(CliTest):
    def test_every_yaml_block_of_the_pages_is_valid(self):
        for page in PAGES:
            blocks = yaml_blocks(page)
            self.assertEqual(len(blocks), 2, page)
            for number, block in enumerate(blocks):
                with self.subTest(f"{page}, block {number}"):
                    self.write("block.yaml", block)
                    valid = self.call("validate", "block.yaml", "--ranks", 8)
                    self.assertEqual((valid.returncode, valid.stderr), (PASS, ""))

    def test_the_ten_clauses_and_both_linearities_are_judged_on_the_run_of_the_page(self):
        contract, site = yaml_blocks(PAGES[0])
        self.write("contract.yaml", contract)
        self.write("site.yaml", site)
        self.assertEqual(self.call("run", "site.yaml", "-o", "site.h5", "-q").returncode, PASS)
        judged = self.call("check", "site.h5", "--targets", "contract.yaml", "--format", "json")
        self.assertEqual(judged.returncode, PASS, judged.stdout)
        targets = json.loads(judged.stdout)["targets"]
        self.assertEqual([int(row["target"].split("-")[0]) for row in targets], list(range(1, 11)))
        self.assertEqual({row["verdict"] for row in targets}, {"PASS"})
        page = (ROOT / PAGES[0]).read_text(encoding="utf-8")
        text = self.call("check", "site.h5", "--targets", "contract.yaml").stdout
        for line in ("4-linearity means throughput of N nodes / (N x throughput of one node)", "2-alltoall-rate: PASS at all 2 cases", "verdict: PASS"):
            self.assertIn(line, text)
            self.assertIn(line, page)
        for profile, base in (("huawei-linearity", "base 1 node of 2 ranks"), ("linear-speedup", "base 2 nodes of 4 ranks")):
            with self.subTest(profile):
                text = self.call("check", "site.h5", "--targets", profile).stdout
                self.assertIn(base, text)
                self.assertRegex(text, r"data-parallel means .*T\(")


if __name__ == "__main__":
    main()
