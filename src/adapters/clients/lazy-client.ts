/**
 * A client that is made at its first use. A driver is read with it: those of AWS take a fifth of a second and 20 MB
 * each, and a run needs two or three of the dozen.
 */
export class LazyClient<Client> {
  readonly #make: () => Promise<Client>;
  readonly #end: (client: Client) => unknown;
  #made: Promise<Client> | null = null;

  constructor(make: () => Promise<Client>, end: (client: Client) => unknown) {
    this.#make = make;
    this.#end = end;
  }

  /** Calls the system: `client.use((s3) => s3.headBucket({ … }))`. */
  async use<Answer>(call: (client: Client) => Promise<Answer>): Promise<Answer> {
    this.#made ??= this.#make();
    return call(await this.#made);
  }

  /** Ends the client, if it was ever made. */
  async close(): Promise<void> {
    const client = await this.#made?.catch(() => null);
    if (client) await this.#end(client);
  }
}
