import type { Feed } from '../feeds/open-feed.ts';
import type { Relation, RowSource } from '../load/ports.ts';

/** What becomes of the files of a feed after what was made of them was delivered. */
export type AfterDelivery = 'keep' | 'delete' | { readonly moveTo: string };

/** A table of the configuration, and where its rows come from. */
export interface Table {
  readonly name: string;
  readonly input:
    | { readonly kind: 'feed'; readonly feed: Feed; readonly after: AfterDelivery }
    | { readonly kind: 'database'; readonly source: RowSource; readonly relation: Relation };
  /** The column that identifies a person; null where the table is not of people. */
  readonly person: string | null;
  /** Least share of the last delivery's bytes that its files must have. */
  readonly minSize: number;
}
