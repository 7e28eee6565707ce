// Reads what people read: docs, README, messages, comments and test titles. Reports the length of sentences, fails above the
// limits below, and fails on words that have a plainer one. `npm run words -- --list` shows the longest sentences.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../', import.meta.url).pathname;

/** Words of a sentence on average, and the longest one; a reader at three in the morning is tired. */
const limits = { average: 18, longest: 45 };

/** What is not written, and what is written in its place. */
const banned = [
  [/\b(who|what|which)ever\b/i, 'say who or what'],
  [/\b(nobody|somebody|anybody)\b/i, '"no one", "someone", or the program or person that is meant'],
  [/\bthat of which\b/i, 'two sentences'],
  [/\bcode maps?\b/i, 'lookup table'],
  [/\bunknown codes?\b/i, 'unmapped value'],
  [/\brehears\w*/i, 'dry run'],
  [/\bworth a look\b/i, 'warnings'],
  [/\btook away\b/i, 'removed'],
  [/\bgoodbye\b/i, 'close the connection'],
  [/\bforesaw\b/i, 'unexpected'],
  [/\b(template|a|the) holes?\b/i, 'expression'],
  [/\bfor ever\b/i, 'forever, or the time that is meant'],
];

const files = (folder, end) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
const textOf = (path) => readFileSync(join(root, path), 'utf8');

/** The sentences of a page of Markdown: no code, no headings, each cell of a table for itself. */
function sentencesOfPage(text) {
  const prose = text
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/^( {4}|\t).*$/gm, '')
    .replace(/^#.*$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/`[^`]*`/g, 'Code')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\|[-| :]+\|$/gm, '')
    .replace(/\|/g, '\n\n')
    .replace(/^\s*([-*]|\d+\.) /gm, '\n');
  return prose.split(/\n\s*\n/).flatMap((block) => sentencesIn(block.replace(/\s+/g, ' ')));
}

function sentencesIn(text) {
  return text
    .split(/(?<=[.?!][)"*]*)\s+(?=[\p{Lu}"'(*])/u)
    .map((each) => each.trim())
    .filter((each) => wordsIn(each) > 2);
}

const wordsIn = (text) => text.split(/\s+/).filter((each) => /[\p{L}\p{N}]/u.test(each)).length;

/** The messages of a file of source: texts that are sentences. What is filled in counts as a word. */
function sentencesOfSource(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, single, double, template]) => single ?? double ?? template ?? '')
    .map((each) => each.replace(/\$\{[^}]*\}|\{\w+\}/g, 'it').replace(/\\n/g, ' '))
    .filter((each) => /^[\p{Lu}]/u.test(each) && /[.!?]$/.test(each.trim()))
    .flatMap(sentencesIn);
}

const pages = ['README.md', 'CONTRIBUTING.md', ...files('docs', '.md'), ...files('presets', '.md')].filter(
  (path) => path !== 'docs/configuration.md',
);
const sources = files('src', '.ts');
const parts = [
  ...pages.map((path) => [path, sentencesOfPage(textOf(path))]),
  ['messages in src', sources.flatMap((path) => sentencesOfSource(textOf(path)))],
];

let faults = 0;
const fault = (text) => {
  faults += 1;
  console.error(text);
};
for (const [name, sentences] of parts) {
  const counts = sentences.map(wordsIn);
  const average = counts.reduce((sum, each) => sum + each, 0) / Math.max(1, counts.length);
  const longest = Math.max(0, ...counts);
  console.log(`${name.padEnd(42)} ${average.toFixed(1).padStart(5)} words a sentence, ${longest} at most`);
  if (average > limits.average) fault(`${name}: more than ${limits.average} words a sentence`);
  for (const sentence of sentences) {
    if (wordsIn(sentence) > limits.longest) fault(`${name}: ${wordsIn(sentence)} words: ${sentence}`);
  }
  if (process.argv.includes('--list'))
    for (const each of [...sentences].sort((a, b) => wordsIn(b) - wordsIn(a)).slice(0, 5))
      console.log(`    ${wordsIn(each)}: ${each}`);
}
for (const path of [...pages, 'docs/configuration.md', 'CHANGELOG.md', ...sources, ...files('test', '.ts')]) {
  for (const [index, line] of textOf(path).split('\n').entries()) {
    for (const [word, instead] of banned) {
      const found = word.exec(line);
      if (found) fault(`${path}:${index + 1}: "${found[0]}": ${instead}`);
    }
  }
}
if (faults > 0) {
  console.error(`${faults} places to say more plainly.`);
  process.exitCode = 1;
}
