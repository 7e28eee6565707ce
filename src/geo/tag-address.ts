import { readFileSync } from 'node:fs';
import { attributesOfToken, forEachAround, type Look, look, tokenize } from './address-features.ts';
import { addressLabels, type TaggedToken } from './address-labels.ts';
import { correctTags, mendAddress } from './address-rules.ts';

/**
 * A linear-chain model: what speaks for a label is what is noticed of the token and of its two neighbours, and
 * the label before it.
 */
export interface AddressModel {
  /** What can be noticed of a token, with its number. */
  readonly attributes: ReadonlyMap<string, number>;
  /** For each attribute where its weights begin in `weights`; one more says where the last ones end. */
  readonly starts: Uint32Array;
  /**
   * In the upper 16 bits what a weight is added to: the label, counted from the first label of the attribute's token.
   * In the lower ones the weight.
   */
  readonly weights: Int32Array;
  /** For each label a row of the weights of the labels that may follow it. */
  readonly transitions: Int16Array;
  /** By how much the largest of them differs from the smallest. */
  readonly spread: number;
  /** Tokens that the model knows by their word, and what speaks for the labels by them alone. */
  readonly known: Map<string, KnownToken>;
}

interface KnownToken {
  readonly look: Look;
  /** For the labels of the token before, of its own, and of the one after. */
  readonly sums: Int32Array;
}

/**
 * Labels the parts of a US postal address: a port in spirit of the Python package usaddress, with an averaged
 * perceptron in place of its conditional random field. A token keeps the punctuation that follows it.
 */
export function tagAddress(text: string): readonly TaggedToken[] {
  shipped ??= readModel(readFileSync(weightsFile, 'utf8'));
  return tagWith(shipped, text);
}

/** The directory lies beside that of the sources and that of what is built from them, so this holds for both. */
const weightsFile = new URL('../../data/address-weights.tsv', import.meta.url);

/** Read when the first address comes, since most commands have none. */
let shipped: AddressModel | undefined;

export function tagWith(model: AddressModel, text: string): readonly TaggedToken[] {
  const tokens = tokenize(mendAddress(text));
  const { scores, looks } = scoresOf(model, tokens);
  const path = bestPath(scores, model.transitions, model.spread);
  return correctTags(
    tokens.map((token, index) => ({ token, label: addressLabels[path[index] ?? 0] ?? 'NotAddress' })),
    looks.map(({ word }) => word),
  );
}

const width = addressLabels.length;

/** Rows that an attribute adds to: those of the token before, of its own and of the one after. */
const rows = 3;

/** Tokens that are kept with their sums: words of the model as people write them, `ST`, `St.` and `ST,`. */
const maxKnown = 10_000;

/** How much each label suits each token by itself, a row a token; and what the tokens are. */
function scoresOf(
  model: AddressModel,
  tokens: readonly string[],
): { readonly scores: Int32Array; readonly looks: readonly Look[] } {
  // A row more at both ends takes what an attribute adds to a neighbour that is not there.
  const scores = new Int32Array((tokens.length + 2) * width);
  const looks = tokens.map((token, index) => {
    const known = model.known.get(token);
    if (!known) return addToken(model, token, scores, index * width);
    const { sums } = known;
    for (let place = 0; place < sums.length; place += 1)
      scores[index * width + place] = (scores[index * width + place] ?? 0) + (sums[place] ?? 0);
    return known.look;
  });
  forEachAround(looks, (index, attribute) => addWeights(model, attribute, scores, index * width));
  return { scores: scores.subarray(width, -width), looks };
}

/** Adds what speaks for labels by a token alone, and keeps it where the model knows the word. */
function addToken(model: AddressModel, token: string, scores: Int32Array, start: number): Look {
  const own = look(token);
  const attributes = attributesOfToken(own);
  for (const attribute of attributes) addWeights(model, attribute, scores, start);
  if (model.attributes.has(`w=${own.word}`) && model.known.size < maxKnown) {
    const sums = new Int32Array(rows * width);
    for (const attribute of attributes) addWeights(model, attribute, sums, 0);
    model.known.set(token, { look: own, sums });
  }
  return own;
}

/** @param start of the row before the token's own */
function addWeights(
  { attributes, starts, weights }: AddressModel,
  attribute: string,
  scores: Int32Array,
  start: number,
): void {
  const number = attributes.get(attribute);
  if (number === undefined) return;
  const row = start + width;
  const end = starts[number + 1] ?? 0;
  for (let index = starts[number] ?? 0; index < end; index += 1) {
    const weight = weights[index] ?? 0;
    const place = row + (weight >> 16);
    scores[place] = (scores[place] ?? 0) + ((weight << 16) >> 16);
  }
}

/**
 * The labels that suit best taken together (Viterbi). Labels that have fallen behind by more than transitions can
 * make good are not followed any further, which are most of them.
 */
export function bestPath(
  scores: Int32Array | Float64Array,
  transitions: ArrayLike<number>,
  spread = spreadOf(transitions),
): Uint8Array {
  const path = new Uint8Array(scores.length / width);
  const cameFrom = new Uint8Array(scores.length);
  const sums = scores.slice();
  const followed = new Uint8Array(width);
  for (let row = width; row < sums.length; row += width) {
    const before = row - width;
    const lowest = (sums[before + indexOfBest(sums, before)] ?? 0) - spread;
    let count = 0;
    for (let label = 0; label < width; label += 1) {
      if ((sums[before + label] ?? 0) >= lowest) followed[count++] = label;
    }
    for (let label = 0; label < width; label += 1) {
      let best = Number.NEGATIVE_INFINITY;
      for (let index = 0; index < count; index += 1) {
        const from = followed[index] ?? 0;
        const sum = (sums[before + from] ?? 0) + (transitions[from * width + label] ?? 0);
        if (sum <= best) continue;
        best = sum;
        cameFrom[row + label] = from;
      }
      sums[row + label] = (sums[row + label] ?? 0) + best;
    }
  }
  let label = indexOfBest(sums, sums.length - width);
  for (let index = path.length - 1; index >= 0; index -= 1) {
    path[index] = label;
    label = cameFrom[index * width + label] ?? 0;
  }
  return path;
}

/** The label with the highest sum in a row. */
function indexOfBest(sums: Int32Array | Float64Array, row: number): number {
  let best = 0;
  for (let label = 1; label < width; label += 1) {
    if ((sums[row + label] ?? 0) > (sums[row + best] ?? 0)) best = label;
  }
  return best;
}

/** By how much the largest differs from the smallest. */
function spreadOf(numbers: ArrayLike<number>): number {
  let largest = 0;
  let smallest = 0;
  for (let index = 0; index < numbers.length; index += 1) {
    largest = Math.max(largest, numbers[index] ?? 0);
    smallest = Math.min(smallest, numbers[index] ?? 0);
  }
  return largest - smallest;
}

/**
 * Reads weights as scripts/train-addresses.js writes them. After comments comes a line with the labels, which the
 * letters A to Z and a to z stand for, then a line for each label, `>LABEL` and the weights of its followers, then
 * a line for each attribute with its weights for its token, for the token after and for the one before. Weights
 * are written as `A12C-3`, without those that are 0.
 */
export function readModel(text: string): AddressModel {
  const [names = '', ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (names !== addressLabels.join('\t'))
    throw new Error('The weights of the address tagger are for other labels.');
  const transitions = new Int16Array(width * width);
  for (const [label, line] of lines.slice(0, width).entries()) {
    readWeights(line.split('\t')[1] ?? '', (follower, weight) => {
      transitions[label * width + follower] = weight;
    });
  }
  const attributes = new Map<string, number>();
  const starts = [0];
  const weights: number[] = [];
  for (const line of lines.slice(width)) {
    const [name = '', ...rows] = line.split('\t');
    attributes.set(name, attributes.size);
    for (const [context, row] of rows.entries()) {
      readWeights(row, (label, weight) => {
        const place = label + (contexts[context] ?? 0) * width;
        weights.push((place << 16) | (weight & 0xffff));
      });
    }
    starts.push(weights.length);
  }
  return {
    attributes,
    starts: new Uint32Array(starts),
    weights: Int32Array.from(weights),
    transitions,
    spread: spreadOf(transitions),
    known: new Map(),
  };
}

/** How many tokens after its own an attribute counts, in the order of the file. */
const contexts = [0, 1, -1];

export const labelLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function readWeights(row: string, add: (label: number, weight: number) => void): void {
  for (let start = 0, end = 1; start < row.length; start = end, end += 1) {
    // Digits and the sign come before the letters.
    while (end < row.length && (row[end] ?? '') < 'A') end += 1;
    add(labelLetters.indexOf(row[start] ?? ''), Number(row.slice(start + 1, end)));
  }
}
