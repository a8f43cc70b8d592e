/** What a test measured, for those who want to see it: `FIGURES=1 deno test --allow-all tests/hostile`. */
export function tell(name: string, figures: object): void {
  if (!Deno.env.get("FIGURES")) return;
  const texts = Object.entries(figures).map(([key, value]) =>
    `${key} ${typeof value === "number" ? Math.round(value * 100) / 100 : JSON.stringify(value)}`
  );
  console.log(`${name}: ${texts.join(", ")}`);
}
