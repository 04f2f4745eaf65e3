/** What an archive holds under a name. */
export interface ArchiveEntry {
  readonly name: string;
  /** `file` and `folder` are made; anything else is refused under its own name, as `symbolic link`. */
  readonly kind: string;
  /** The content of a file, to be read once and before the next entry. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Given every entry of an archive in turn; the next comes when this one is done. */
export type Visit = (entry: ArchiveEntry) => Promise<void>;

/** How an archive is read; `onBytes` is told how many bytes of it were. */
export interface ReadArchiveOptions {
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal | undefined;
}
