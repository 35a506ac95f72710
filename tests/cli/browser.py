# SPDX-License-Identifier: Apache-2.0
"""A page in headless Chromium, as a person's browser would show it."""
import base64
import subprocess
import time
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service


class Browser:
    _started = None

    @classmethod
    def shared(cls):
        """The one of this process, which ends with its tests: starting it takes longer than what most tests do in it."""
        if cls._started is None:
            cls._started = cls()
            unittest.addModuleCleanup(cls._started.close)
        return cls._started

    def __init__(self):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--window-size=1200,1000", "--host-resolver-rules=MAP * ~NOTFOUND"):
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(60)

    def close(self):
        self.driver.quit()

    def open(self, path):
        self.driver.get(path.as_uri())
        self.wait(lambda: self.all("h1"))
        self.wait(lambda: len(self.all("figure .chart")) == len(self.all("figure .chart svg")))

    @staticmethod
    def wait(condition, seconds=60):
        for _ in range(seconds * 10):
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError("the page never got there")

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def text(self, selector="body"):
        return self.one(selector).text

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def hover(self, selector):
        """Moves the mouse to the middle of an element."""
        element = self.one(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        webdriver.ActionChains(self.driver).move_to_element(element).perform()

    def pdf_text(self, path):
        """The text of the page as printed, by pdftotext; the PDF stays at `path`."""
        printed = self.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        path.write_bytes(base64.b64decode(printed["data"]))
        return subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
