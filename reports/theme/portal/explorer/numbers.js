/* Numbers in German form, by the rules of pipelines/german.py (tests compare both for every released value). */
"use strict";

Atlas.numbers = (() => {
  const THIN = "\u202f";
  const MINUS = "\u2212";

  /** Digits of |value| times 10^decimals, halves rounded away from zero on the shortest decimal form. */
  function scaled(value, decimals) {
    const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
    const digits = mantissa.replace(".", "");
    const keep = Number(exponent) + 1 + decimals;
    if (keep < 0) return 0n;
    if (keep >= digits.length) return BigInt(digits.padEnd(keep, "0"));
    return BigInt(digits.slice(0, keep) || "0") + (digits[keep] >= "5" ? 1n : 0n);
  }

  /** A number with comma, U+202F between thousands and U+2212 as minus. */
  function number(value, decimals = 0) {
    const count = scaled(value, decimals);
    const digits = String(count).padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, THIN);
    const text = decimals ? `${whole},${digits.slice(-decimals)}` : whole;
    return value < 0 && count > 0n ? MINUS + text : text;
  }

  /** A span as two numbers, e.g. „3,99 bis 4,16“. */
  const span = (lower, upper, decimals) => `${number(lower, decimals)} bis ${number(upper, decimals)}`;

  /** Class 1..n of an unrounded value; a limit belongs to the class above it. */
  const classOf = (value, limits) => 1 + limits.filter((limit) => limit <= value).length;

  /** „A“, „A und B“, „A, B und C“. */
  const join = (words) =>
    words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} und ${words[words.length - 1]}`;

  /** Round steps for an axis from low to high, at most about `wanted` of them, with the decimals their labels need. */
  function ticks(low, high, wanted = 5) {
    const rough = (high - low || Math.abs(high) || 1) / wanted;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
    const first = Math.floor(low / step + 1e-9);
    const last = Math.ceil(high / step - 1e-9);
    const decimals = [0, 1, 2, 3].find((count) => Math.abs(step * 10 ** count - Math.round(step * 10 ** count)) < 1e-6) ?? 4;
    return { values: Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step), decimals };
  }

  return { number, span, classOf, join, ticks, THIN };
})();
