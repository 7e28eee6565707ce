import { safeText } from '../core/safe-text.ts';
import type { Explained } from '../load/explain-person.ts';
import type { TraceStep } from '../load/template/trace.ts';
import { leftOutText, placeText, reasonText } from './load-text.ts';

/**
 * What became of one row of a person: the user, or why there is none. Personal data, for the terminal of the person who asks.
 * @param isExplained whether it says how each value came about
 */
export function explainedText(explained: Explained, isExplained: boolean): string {
  const { outcome, place, steps } = explained;
  const where = placeText(place);
  const how = isExplained ? stepLines(steps) : [];
  if (outcome.kind === 'written') {
    const lines = [where, ...outcome.leftOut.map((each) => `left out of ${leftOutText({ place, ...each })}`)];
    return comment([...lines, ...how]) + outcome.user.xml;
  }
  const why = whyText(explained);
  return [`${where}: ${why}`, ...how].map((line) => `${line}\n`).join('');
}

/** Above the XML, which stays XML with it. */
function comment(lines: readonly string[]): string {
  const text = lines.join('\n').replace(/-(?=-)/g, '- ');
  return lines.length === 1 ? `<!-- ${text} -->\n` : `<!-- ${text}\n-->\n`;
}

/** Why a row has no user. */
function whyText({ place, outcome }: Explained): string {
  if (outcome.kind === 'written') return '';
  if (outcome.kind === 'skipped') return `skipped, ${safeText(outcome.rule)}`;
  if (outcome.kind === 'duplicate')
    return `left out, ${reasonText({ place, reason: 'duplicate', first: outcome.first })}`;
  const { reason, element, functionName, owner } = outcome;
  const blamed = functionName ? `${functionName} in ${element}` : element;
  return `rejected, ${reasonText({ place, reason, element: blamed, ...(owner && { first: owner }) })}`;
}

/** The steps of one element together, a line each. */
function stepLines(steps: readonly TraceStep[]): string[] {
  const lines: string[] = [];
  let last = '';
  for (const step of steps) {
    if (step.label !== last || step.kind === 'filled') lines.push(`  ${step.label}`);
    last = step.label;
    if (step.kind === 'happened') lines.push(`      ${step.what}`);
    else lines.push(...filledLines(step));
  }
  return lines;
}

function filledLines({ source, inputs, output }: Extract<TraceStep, { kind: 'filled' }>): string[] {
  return [
    `      ${safeText(source.replace(/\s+/g, ' '))}`,
    ...Object.entries(inputs).map(([name, value]) => `      ${safeText(name)} is ${shown(value)}`),
    `      gives ${output === null ? 'a reject' : shown(output)}`,
  ];
}

const shown = (value: string): string => (value === '' ? 'empty' : `"${safeText(value)}"`);
