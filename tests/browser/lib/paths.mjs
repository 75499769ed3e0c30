// Where things lie.
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(import.meta.url), "../../../..");

// Cargo's, as cargo itself reads the variable when it is started at the top of the repository.
const target = resolve(root, process.env.CARGO_TARGET_DIR || "target");

export function hufuBinary() {
  const path = process.env.HUFU_BIN ? resolve(process.env.HUFU_BIN) : join(target, "debug", "hufu");
  if (!existsSync(path)) {
    throw new Error(`no hufu at ${path}: \`cargo build --workspace --bins\` makes it, as \`cargo xtask test\` does`);
  }
  return path;
}

// The path of a picture, whose folder is there.
export function picture(name) {
  const folder = join(target, "screenshots", "browser");
  mkdirSync(folder, { recursive: true });
  const plain = name.replace(/[^\p{L}\p{N}.-]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 100);
  return join(folder, `${plain}.png`);
}
