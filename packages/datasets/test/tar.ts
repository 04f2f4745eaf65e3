import { Header } from 'tar';

interface TarEntry {
  readonly path: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'BlockDevice' | 'FIFO';
  readonly linkpath?: string;
  readonly content?: Uint8Array;
  /** What the header says, where it lies. */
  readonly size?: number;
}

const BLOCK = 512;

/** A tar of the entries as they are, whatever they would do. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { path, type = 'File', linkpath = '', content = new Uint8Array(), size = content.length } of entries) {
    const header = Buffer.alloc(BLOCK);
    new Header({ path, type, linkpath, size, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 }).encode(header, 0);
    blocks.push(header, Buffer.from(content), Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}
