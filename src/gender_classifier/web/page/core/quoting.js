/**
 * What speaks against quoting an adjusted count, as `gender_classifier.metrics.quoting`; here the errors are always
 * those of other people. Python's two rules that compare the adjusted count with other counts are left out
 * (`corrections_disagree`, `errors_cancel`).
 */

// Shares of uncertain faces that tell of other faces: ratio, difference, and that in standard errors.
const [RATIO, APART, ERRORS] = [1.5, 0.05, 3];

const whole = (share) => Math.round(100 * share);

/**
 * Find what speaks against quoting, and what to say with a share.
 *
 * @param {{faces: number, independent: number, several: number, uncertain: ?number}} facts faces counted, as many as
 *   they are worth, pictures with several of them, and the share of uncertain ones (null: the model has no band)
 * @param {number[]} interval of the adjusted count
 * @param {Object} errors of labelled faces, and limits, as in `model.json`
 * @returns {{code: string, forbids: boolean, text: string}[]} those that forbid it first
 */
export function reasonsAgainst(facts, interval, errors) {
  const found = [...samples(facts, errors), ...otherFaces(facts, errors), ...width(interval, errors)];
  return found.sort((a, b) => b.forbids - a.forbids);
}

function* samples({ faces, independent, several }, errors) {
  if (independent < errors.few_faces) {
    const worth = independent < faces ? ` (worth ${independent}, since faces of one picture are alike)` : "";
    const text = `Only ${faces} ${faces === 1 ? "face" : "faces"}${worth}: the share can lie anywhere.`;
    yield { code: "few_faces", forbids: independent < errors.too_few_faces, text };
  }
  const { women, men } = labelled(errors);
  const least = Math.min(women, men);
  if (least < errors.few_labelled) {
    const text = `The errors rest on only ${least} labelled ${women === least ? "women" : "men"}.`;
    yield { code: "few_labelled", forbids: least < errors.too_few_labelled, text };
  }
  if (several) {
    yield { code: "several_faces", forbids: false, text: "This is a share of faces, not of pictures or persons." };
  }
}

function* otherFaces(facts, errors) {
  const { uncertain } = facts;
  if (uncertain !== null && uncertain > errors.most_uncertain) {
    const text = `${whole(uncertain)} % of the faces are uncertain: the model hardly knows such faces.`;
    yield { code: "many_uncertain", forbids: true, text };
  }
  const harder = compared(facts, errors);
  if (harder) {
    const shares = `${whole(uncertain)} % uncertain against ${whole(errors.uncertain)} %`;
    const text = `These faces are ${harder} than those that the errors were measured on (${shares}).`;
    yield { code: "other_faces", forbids: true, text: `${text} So the correction does not fit.` };
  } else {
    const text = "The errors were measured on other people; if these are of another kind, the share can be off by more.";
    yield { code: "errors_of_other_people", forbids: false, text };
  }
}

/** `harder` or `easier` where the shares of uncertain faces lie too far apart for chance; else empty. */
function compared({ uncertain: here, independent }, errors) {
  const there = errors.uncertain;
  if (here === null || there === null) return "";
  const { women, men } = labelled(errors);
  const error = Math.sqrt(there * (1 - there) * (1 / Math.max(1, independent) + 1 / Math.max(1, women + men)));
  const [low, high] = [Math.min(here, there), Math.max(here, there)];
  if (high - low < Math.max(APART, ERRORS * error) || high < RATIO * low) return "";
  return here > there ? "harder" : "easier";
}

function labelled({ confusion }) {
  return { women: confusion.tn + confusion.fp, men: confusion.fn + confusion.tp };
}

function* width([low, high], errors) {
  if (high - low > errors.widest) {
    yield { code: "wide", forbids: true, text: `The interval is ${whole(high - low)} points wide.` };
  }
  if (low === high) {
    const text = "Fewer faces are said to be of one gender than the measured errors alone would make.";
    yield { code: "errors_too_large", forbids: true, text };
  }
}
