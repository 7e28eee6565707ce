interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly id: string;
}

/** Uploads of one page: S3 gives 1,000; few make a test of paging cheap. */
const pageSize = 3;

/**
 * The uploads that were begun and not ended. fauxqs cannot list them, and takes it for granted that an upload
 * that is aborted exists; the proxy in front of it answers both as S3 does.
 */
export class OpenUploads {
  readonly #uploads: Upload[] = [];

  begin(bucket: string, key: string, id: string): void {
    this.#uploads.push({ bucket, key, id });
    this.#uploads.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  }

  /** @returns whether there was such an upload */
  end(id: string): boolean {
    const at = this.#uploads.findIndex((upload) => upload.id === id);
    if (at >= 0) this.#uploads.splice(at, 1);
    return at >= 0;
  }

  keysIn(bucket: string): string[] {
    return this.#uploads.filter((upload) => upload.bucket === bucket).map(({ key }) => key);
  }

  /** The answer to ListMultipartUploads. */
  listXml(bucket: string, query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter');
    const marker = query.get('upload-id-marker');
    const matching = this.#uploads.filter(
      ({ bucket: home, key }) =>
        home === bucket &&
        key.startsWith(prefix) &&
        !(delimiter && key.slice(prefix.length).includes(delimiter)),
    );
    const keyMarker = query.get('key-marker') ?? '';
    // The upload that the marker names may have been ended meanwhile: what comes behind it by name counts.
    const at = marker ? matching.findIndex(({ id }) => id === marker) : -1;
    const rest =
      at >= 0 ? matching.slice(at + 1) : matching.filter(({ key }) => keyMarker === '' || key > keyMarker);
    const page = rest.slice(0, pageSize);
    const last = page.at(-1);
    const isTruncated = rest.length > page.length;
    const next = isTruncated
      ? `<NextKeyMarker>${last?.key}</NextKeyMarker><NextUploadIdMarker>${last?.id}</NextUploadIdMarker>`
      : '';
    const items = page.map(({ key, id }) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
    return `<?xml version="1.0" encoding="UTF-8"?>\n<ListMultipartUploadsResult><Bucket>${bucket}</Bucket><IsTruncated>${isTruncated}</IsTruncated>${next}${items.join('')}</ListMultipartUploadsResult>`;
  }
}
