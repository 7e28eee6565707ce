import type { z } from 'zod';
import { location } from './settings.ts';

/** What a setting of an adapter has wrong: the key, relative to the block that chooses it, and what to do. */
export interface SettingProblem {
  readonly key: string;
  readonly message: string;
}

/**
 * What the file of an adapter exports: how a configuration chooses it, what can be set, and how it is made. Reading the
 * file must be cheap: drivers are imported by what `create` makes.
 * @typeParam Given what the job hands over beside the adapter's own options
 */
export interface Descriptor<
  Port,
  Given,
  System extends string = string,
  Options extends z.ZodObject = z.ZodObject,
> {
  /** The name of the system: that of the file, and of the block with its options. */
  readonly system: System;
  readonly options: Options;
  create(given: Given, options: z.output<Options>): Port;
}

/** An adapter that is chosen by a URL. */
export interface UrlDescriptor<
  Port,
  Given extends { readonly url: string },
  System extends string = string,
  Options extends z.ZodObject = z.ZodObject,
> extends Descriptor<Port, Given, System, Options> {
  /** How its URLs look, for messages and documents: `postgres://host/database`. */
  readonly forms: readonly [string, ...string[]];
  /** `['postgres', 'postgresql']`. Two adapters of one port may share a scheme when `pattern` tells them apart. */
  readonly schemes: readonly string[];
  /** What a URL of the scheme has to look like; without it, like any URL. */
  readonly pattern?: RegExp;
  /** What cannot be seen in one setting alone, such as a password that only this system needs. */
  problems?(given: Unfinished<Given>, options: Unfinished<z.output<Options>>): readonly SettingProblem[];
  /** What is less safe than it should be, as configured: a sentence for `check`; null where nothing is. */
  risk?(given: Given, options: z.output<Options>): string | null;
}

/** Blocks of options, one for each system: `{ s3: { … }, sftp: { … } }`. */
type Blocks<D extends { system: string; options: z.ZodObject }> = {
  [E in D as E['system']]: z.ZodPrefault<E['options']>;
};
type OptionalBlocks<D extends { system: string; options: z.ZodObject }> = {
  [E in D as E['system']]: z.ZodOptional<E['options']>;
};

// biome-ignore-start lint/suspicious/noExplicitAny: a list holds descriptors of different options.
type AnyUrlDescriptor = UrlDescriptor<any, any, string, any>;
type AnyDescriptor = Descriptor<any, any, string, any>;
// biome-ignore-end lint/suspicious/noExplicitAny: the end of it

type PortOf<D extends AnyDescriptor> = ReturnType<D['create']>;
type GivenOf<D extends AnyDescriptor> = Parameters<D['create']>[0];
/** Of a configuration that may lack anything. */
type Unfinished<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** The adapters of a port that URLs choose. */
export class UrlRegistry<const Descriptors extends readonly AnyUrlDescriptor[]> {
  readonly descriptors: Descriptors;

  constructor(descriptors: Descriptors) {
    this.descriptors = descriptors;
  }

  /** `oracle://host:1521/service, postgres://host/database or csv:./directory` */
  get forms(): string {
    return listed(this.descriptors.flatMap(({ forms }) => forms));
  }

  /** The same as Markdown, for descriptions of settings. */
  get documented(): string {
    return listed(this.descriptors.flatMap(({ forms }) => forms).map((form) => `\`${form}\``));
  }

  /** The adapter for a URL; null where there is none. */
  find(url: string): Descriptors[number] | null {
    return this.#ofScheme(url).find((each) => fits(each, url)) ?? null;
  }

  /** What is wrong with a URL, as the end of a sentence that begins with its key; null when an adapter takes it. */
  problemOf(url: string): string | null {
    if (this.find(url)) return null;
    const near = this.#ofScheme(url).flatMap(({ forms }) => forms);
    return near.length > 0 ? `must be ${listed(near)}` : `must be one of ${this.forms}`;
  }

  /** The setting that chooses an adapter. */
  get url() {
    return location.superRefine((url, context) => {
      const message = this.problemOf(url);
      if (message) context.addIssue({ code: 'custom', message });
    });
  }

  /** A block of options for each system; one that is left out has its defaults. */
  blocks(): Blocks<Descriptors[number]> {
    return this.#shape((options) => options.prefault({})) as Blocks<Descriptors[number]>;
  }

  /** The same, where a block that is left out means those of another place. */
  optionalBlocks(): OptionalBlocks<Descriptors[number]> {
    return this.#shape((options) => options.optional()) as OptionalBlocks<Descriptors[number]>;
  }

  /** What cannot be seen in one setting alone. Takes a configuration that may lack anything. */
  problems(given: Unfinished<GivenOf<Descriptors[number]>>, blocks: object): readonly SettingProblem[] {
    // By its scheme alone: the rest of a URL may still lack the value of a variable.
    const [found] = given.url === undefined ? [] : this.#ofScheme(given.url);
    return found?.problems?.(given, optionsIn(blocks, found.system) ?? {}) ?? [];
  }

  /** Makes the adapter that the URL chooses. @param blocks of options, by system, as the configuration has them */
  create(given: GivenOf<Descriptors[number]>, blocks: object): PortOf<Descriptors[number]> {
    const found = this.find(given.url);
    // The schema of the configuration has refused such a URL.
    if (!found) throw new Error('a URL that no adapter takes');
    return found.create(given, optionsIn(blocks, found.system) ?? found.options.parse({}));
  }

  /** What is less safe than it should be; null where nothing is. */
  risk(given: GivenOf<Descriptors[number]>, blocks: object): string | null {
    const found = this.find(given.url);
    return found?.risk?.(given, optionsIn(blocks, found.system) ?? found.options.parse({})) ?? null;
  }

  #ofScheme(url: string): Descriptors[number][] {
    const scheme = /^([a-z0-9+.-]+):/.exec(url)?.[1] ?? '';
    return this.descriptors.filter(({ schemes }) => schemes.includes(scheme));
  }

  #shape(wrap: (options: z.ZodObject) => z.ZodType): Record<string, z.ZodType> {
    return Object.fromEntries(
      this.descriptors
        .filter(({ options }) => Object.keys(options.shape).length > 0)
        .map(({ system, options }) => [system, wrap(options)]),
    );
  }
}

function fits({ pattern }: { pattern?: RegExp }, url: string): boolean {
  // What follows these is a path, which need not be a URL's.
  const isWhole = /^(file|csv):/.test(url) ? /:./.test(url) : URL.canParse(url);
  return isWhole && (pattern?.test(url) ?? true);
}

function optionsIn(blocks: object, system: string): Record<string, unknown> | undefined {
  return (blocks as Record<string, Record<string, unknown> | undefined>)[system];
}

/** `a, b or c` */
function listed(forms: readonly string[]): string {
  return forms.length < 2 ? forms.join('') : `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;
}

/** The adapters of a port that are chosen by a block of their own: `sierra: { … }`. */
export class BlockRegistry<const Descriptors extends readonly AnyDescriptor[]> {
  readonly descriptors: Descriptors;

  constructor(descriptors: Descriptors) {
    this.descriptors = descriptors;
  }

  /** `sierra or folio` */
  get forms(): string {
    return listed(this.descriptors.map(({ system }) => system));
  }

  /** A block for each system. */
  blocks(): OptionalBlocks<Descriptors[number]> {
    return Object.fromEntries(
      this.descriptors.map(({ system, options }) => [system, options.optional()]),
    ) as OptionalBlocks<Descriptors[number]>;
  }

  /** The systems that a configuration names. */
  named(config: object): readonly Descriptors[number][] {
    return this.descriptors.filter(({ system }) => optionsIn(config, system) !== undefined);
  }

  /** Makes an adapter for each block that the configuration has. */
  createAll(given: GivenOf<Descriptors[number]>, config: object): readonly PortOf<Descriptors[number]>[] {
    return this.named(config).map((each) => each.create(given, optionsIn(config, each.system)));
  }

  /** Makes the adapter whose block the configuration has; null where it has none. */
  create(given: GivenOf<Descriptors[number]>, config: object): PortOf<Descriptors[number]> | null {
    const [found] = this.named(config);
    return found ? found.create(given, optionsIn(config, found.system)) : null;
  }
}

/** Lets TypeScript infer a descriptor's system and options: `export const rowSource = urlDescriptor<RowSource, SourceSettings>()`. */
export const urlDescriptor =
  <Port, Given extends { readonly url: string }>() =>
  <const System extends string, Options extends z.ZodObject>(
    descriptor: UrlDescriptor<Port, Given, System, Options>,
  ): UrlDescriptor<Port, Given, System, Options> =>
    descriptor;

/** The same for an adapter that is chosen by a block of its own, or by a name. */
export const descriptor =
  <Port, Given>() =>
  <const System extends string, Options extends z.ZodObject>(
    each: Descriptor<Port, Given, System, Options>,
  ): Descriptor<Port, Given, System, Options> =>
    each;
