// Accessibility, as far as a program can check it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const PATIENCE_MS = 30_000;

export const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

// Fails with every rule that is broken and the elements that break it. What axe cannot decide is a failure too, unless
// its rule is named in `undecided`: otherwise a contrast that it could not compute would count as good.
// `include`: a selector of the one part that is looked at.
export async function assertAccessible(page, name = page.url(), { include, undecided = [] } = {}) {
  if (page.isScriptless) throw new Error(`${name}: axe is a script, and this page runs none`);
  const results = await run(page, include);
  const open = results.incomplete.filter((rule) => !undecided.includes(rule.id));
  const bad = [
    ...results.violations.map((rule) => spell(rule, rule.impact ?? "broken")),
    ...open.map((rule) => spell(rule, "undecided")),
  ];
  if (bad.length > 0) throw new Error(`${name} is not accessible:\n${bad.join("\n")}`);
  if (results.passes.length === 0) throw new Error(`${name}: axe found nothing to check`);
  return results;
}

function spell(rule, how) {
  const nodes = rule.nodes.map((node) => {
    const html = node.html.replace(/\s+/g, " ").slice(0, 300);
    const why = (node.failureSummary ?? node.any?.map((check) => check.message).join("; ") ?? "").trim();
    return `    ${node.target.join(" ")}\n      ${html}\n      ${why.replace(/\n\s*/g, "\n        ")}`;
  });
  return `  ${rule.id} (${how}): ${rule.help}\n    ${rule.helpUrl}\n${nodes.join("\n")}`;
}

async function inTime(work) {
  let alarm;
  const late = new Promise((_, reject) => {
    alarm = setTimeout(() => reject(new Error("axe did not come to an end")), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(alarm));
}

// In a world of its own: neither the page's policy nor its scripts meet axe.
async function run(page, include) {
  const session = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", {
      frameId: frameTree.frame.id,
      worldName: "axe",
    });
    const evaluate = async (expression) => {
      const asked = { expression, contextId, awaitPromise: true, returnByValue: true };
      const answer = await inTime(session.send("Runtime.evaluate", asked));
      if (answer.exceptionDetails) {
        throw new Error(`axe: ${answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text}`);
      }
      return answer.result.value;
    };
    await evaluate(`${SOURCE}; 0`);
    const options = {
      runOnly: { type: "tag", values: TAGS },
      resultTypes: ["violations", "incomplete", "passes"],
      // Parts that only this world could load again would break the page's policy.
      preload: false,
    };
    const context = include ? { include: [include] } : {};
    return JSON.parse(
      await evaluate(`axe.run(${include ? JSON.stringify(context) : "document"}, ${JSON.stringify(options)})
        .then(({ violations, incomplete, passes }) => JSON.stringify({ violations, incomplete, passes }))`),
    );
  } finally {
    await session.detach();
  }
}
