// Both languages, light and dark.
export const LOOKS = ["zh-CN", "en"].flatMap((locale) =>
  ["light", "dark"].map((colorScheme) => ({ locale, colorScheme, name: `${locale}-${colorScheme}` })),
);

// A subtest for each look, with a page of that look. `options` are those of a page.
export async function inEveryLook(t, browser, options, check) {
  for (const look of LOOKS) {
    const { locale, colorScheme } = look;
    await t.test(`${t.name} ${look.name}`, (t) =>
      browser.withPage(t, { ...options, locale, colorScheme }, (page) => check(page, look)));
  }
}
