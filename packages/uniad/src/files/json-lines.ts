import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { RunError } from '../errors.js';

const NEWLINE = 0x0a;
const BLOCK = 65_536;

/** A file of JSON, one value a line, that grows and survives being killed: half a line at its end counts for nothing. */
export class JsonLines {
  private constructor(private readonly file: FileHandle) {}

  /**
   * Opens a file to append to, or begins one; half a line at its end is cut off.
   *
   * @param onRecord is given every value that the file holds
   * @throws RunError naming a line that is no JSON
   */
  static async open(path: string, onRecord: (record: unknown) => void): Promise<JsonLines> {
    const file = await open(path, 'a+');
    try {
      await file.truncate(await wholeLines(file));
      let count = 0;
      const input = file.createReadStream({ start: 0, autoClose: false, encoding: 'utf8' });
      for await (const line of createInterface({ input, crlfDelay: Infinity })) {
        count++;
        onRecord(parse(line, `line ${count} of ${path}`));
      }
      return new JsonLines(file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Returns once the line is on the disk. */
  async append(record: object): Promise<void> {
    await this.file.appendFile(`${JSON.stringify(record)}\n`);
    await this.file.datasync();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** How many bytes of a file are lines with an end. */
async function wholeLines(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const block = Buffer.alloc(BLOCK);
  for (let end = size; end > 0; end -= BLOCK) {
    const start = Math.max(0, end - BLOCK);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const last = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (last >= 0) return start + last + 1;
  }
  return 0;
}

function parse(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new RunError(`Expected JSON in ${place} but found ${JSON.stringify(line.slice(0, 60))}`);
  }
}
