/**
 * From logit to probability and answer, as `gender_classifier.metrics.decision`.
 *
 * @typedef {{scale: number, offset: number, threshold: number, band: ?number[]}} Rule
 */

/** Calibrated probability of male, 0 to 1. @param {Rule} rule */
export function probability(logit, { scale, offset }) {
  return 1 / (1 + Math.exp(-(scale * logit + offset)));
}

/** Answer a face. @param {Rule} rule @returns {{label: string, best_guess: string, probability_male: number}} */
export function answer(logit, rule) {
  const male = probability(logit, rule);
  const guess = logit >= rule.threshold ? "male" : "female";
  const unsure = rule.band !== null && rule.band[0] < male && male < rule.band[1];
  return { label: unsure ? "uncertain" : guess, best_guess: guess, probability_male: male };
}
