// A reporter for Node's test runner: failures when they happen, and in the end the counts. With SHOW_PASSED set, it names
// what passed too.
import { basename } from "node:path";
import { inspect } from "node:util";

export default async function* report(events) {
  const counts = { passed: 0, failed: 0 };
  const start = Date.now();
  let path = [];
  for await (const { type, data } of events) {
    if (type === "test:start") path = [...path.slice(0, data.nesting), data.name];
    if (type === "test:stderr") yield data.message;
    if (type === "test:fail" || type === "test:pass") {
      const isTest = data.details.type !== "suite";
      if (isTest) counts[type === "test:fail" ? "failed" : "passed"] += 1;
      const names = [...path.slice(0, data.nesting), data.name];
      if (isTest && type === "test:fail") yield failure(names, data);
      else if (isTest && process.env.SHOW_PASSED) yield `✔ ${names.join(" > ")}\n`;
    }
  }
  yield `in ${((Date.now() - start) / 1000).toFixed(1)} s\n`;
  yield `${basename(process.cwd())}: ${counts.passed} passed, ${counts.failed} failed\n`;
}

function failure(path, { file, details }) {
  const error = inspect(details.error.cause ?? details.error).replaceAll("\n", "\n    ");
  return `✖ ${basename(file ?? "")}: ${path.join(" > ")}\n    ${error}\n`;
}
