import { PickleError } from './error.js';
import { isKind } from './value.js';
import type { Bytes, PickleValue } from './value.js';

/** Bytes of memory that a value takes, roughly: on the stack or in a list, in an object around it, as a dictionary, in one, in the memo. */
const [SLOT, OBJECT, DICTIONARY, ITEM, MEMO] = [16, 80, 256, 48, 48] as const;

/** A byte may make a dictionary, but in no file of use many do: so many times its size is more than such ones need. */
const LARGEST_SHARE = 24;

/** Whatever the file's size; 20,000 parameters with what AdamW keeps of them need 170 MB. */
const [LEAST_ROOM, MOST_ROOM] = [2 ** 22, 2 ** 28] as const;

export interface ReadPickleOptions {
  /** Names that may stand in it, such as `numpy.dtype`; every other is refused. */
  readonly names: readonly string[];
  /** Those among them that make dictionaries. */
  readonly dictionaries?: readonly string[];
  /** Where it starts in the file; 0 by default. */
  readonly start?: number;
  /** Bytes of the archive that it is from, which its values may be in proportion to; what follows the start by default. */
  readonly archiveSize?: number;
}

/**
 * Reads a pickle (protocols 2 to 5) of dictionaries, lists, numbers and strings, and of objects as what they were made from.
 * Nothing in it is run: a name that is not allowed is refused. Its values take at most 24 times the file's size (or 4 MB), and
 * never more than 256 MB.
 *
 * @returns the value, and where the pickle ends in the file
 * @throws PickleError
 */
export function readPickle(file: Uint8Array, options: ReadPickleOptions): { value: PickleValue; end: number } {
  return new Machine(file, options).run();
}

/** What a string says; long ones are no names. */
export function textOf(file: Uint8Array, value: PickleValue | undefined): string {
  if (!isKind(value, 'bytes') || value.length > 255) throw new PickleError('expected a short string in the pickle');
  return decoder.decode(file.subarray(value.start, value.start + value.length));
}

const decoder = new TextDecoder('latin1');

function pairOf(value: PickleValue): PickleValue[] {
  if (!Array.isArray(value) || value.length !== 2) throw new PickleError('the pickle makes a dictionary of no pairs');
  return value;
}

class Machine {
  private at: number;
  private stack: PickleValue[] = [];
  private readonly below: PickleValue[][] = []; // stacks under a mark
  private readonly memo = new Map<number, PickleValue>();

  private readonly view: DataView;
  /** Bytes of memory that are left to it. */
  private room: number;

  constructor(
    private readonly file: Uint8Array,
    private readonly options: ReadPickleOptions,
  ) {
    this.at = options.start ?? 0;
    this.view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const size = options.archiveSize ?? file.length - this.at;
    this.room = Math.min(MOST_ROOM, Math.max(LEAST_ROOM, LARGEST_SHARE * size));
  }

  run(): { value: PickleValue; end: number } {
    const [first, protocol] = [this.number(1), this.number(1)];
    if (first !== 0x80 || protocol < 2 || protocol > 5)
      throw new PickleError(
        `expected a pickle of protocol 2 to 5 but it starts with 0x${first.toString(16)} 0x${protocol.toString(16)}`,
      );
    for (;;) {
      const at = this.at;
      const code = this.number(1);
      const letter = String.fromCharCode(code);
      if (letter === '.') return { value: this.pop(), end: this.at };
      if (!this.step(letter))
        throw new PickleError(
          `expected a pickle of numbers and strings but its byte ${at} is operation 0x${code.toString(16)}`,
        );
    }
  }

  /** Carries out one operation; the letters are Python's. */
  private step(letter: string): boolean {
    switch (letter) {
      case '\x95': // FRAME
        this.size(8);
        return true;
      case '(': // MARK
        this.pay(OBJECT);
        this.below.push(this.stack);
        this.stack = [];
        return true;
      case 'N':
        return this.push(null);
      case '\x88':
        return this.push(true);
      case '\x89':
        return this.push(false);
      case 'K':
        return this.push(this.number(1));
      case 'M':
        return this.push(this.number(2));
      case 'J':
        return this.push(this.number(4) | 0);
      case 'G': // BINFLOAT
        return this.push(this.view.getFloat64(this.take(8)));
      case '\x8a': // LONG1
        return this.push(this.long(this.number(1)));
      case 'U': // SHORT_BINSTRING
      case 'C': // SHORT_BINBYTES
      case '\x8c': // SHORT_BINUNICODE
        return this.push(this.bytes(this.number(1)));
      case 'T': // BINSTRING
      case 'B': // BINBYTES
      case 'X': // BINUNICODE
        return this.push(this.bytes(this.number(4)));
      case '\x8d': // BINUNICODE8
      case '\x8e': // BINBYTES8
      case '\x96': // BYTEARRAY8
        return this.push(this.bytes(this.size(8)));
      case '}':
        return this.push(new Map(), DICTIONARY);
      case ']':
      case ')':
        return this.push([], OBJECT);
      case 't': // TUPLE
      case 'l': // LIST
        return this.push(this.popToMark(), OBJECT);
      case '\x85':
      case '\x86':
      case '\x87':
        return this.push(Array.from({ length: letter.charCodeAt(0) - 0x84 }, () => this.pop()).reverse(), OBJECT);
      case 'a': // APPEND
        return this.append([this.pop()]);
      case 'e': // APPENDS
        return this.append(this.popToMark());
      case 's': {
        const value = this.pop();
        return this.setItems([this.pop(), value]);
      }
      case 'u': // SETITEMS
        return this.setItems(this.popToMark());
      case 'q': // BINPUT
        return this.remember(this.number(1));
      case 'r': // LONG_BINPUT
        return this.remember(this.number(4));
      case '\x94': // MEMOIZE
        return this.remember(this.memo.size);
      case 'h': // BINGET
        return this.recall(this.number(1));
      case 'j': // LONG_BINGET
        return this.recall(this.number(4));
      case 'c': // GLOBAL
        return this.global(this.line(), this.line());
      case '\x93': {
        // STACK_GLOBAL
        const name = textOf(this.file, this.pop());
        return this.global(textOf(this.file, this.pop()), name);
      }
      case 'R': // REDUCE
        return this.reduce();
      case '\x81': // NEWOBJ
        return this.reduce();
      case 'Q': // BINPERSID
        return this.push({ kind: 'persistent', id: this.pop() }, OBJECT);
      case 'b': // BUILD
        return this.build();
      default:
        return false;
    }
  }

  private number(bytes: 1 | 2 | 4): number {
    const start = this.take(bytes);
    if (bytes === 1) return this.file[start]!;
    return bytes === 2 ? this.view.getUint16(start, true) : this.view.getUint32(start, true);
  }

  private size(bytes: 8): number {
    return Number(this.view.getBigUint64(this.take(bytes), true));
  }

  /** Of so many bytes, in two's complement; exact up to 2^53. */
  private long(bytes: number): number {
    const start = this.take(bytes);
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.file[start + i]!);
    return Number(BigInt.asIntN(8 * bytes, value));
  }

  private bytes(length: number): Bytes {
    this.pay(OBJECT);
    return { kind: 'bytes', start: this.take(length), length };
  }

  private line(): string {
    const end = this.file.indexOf(0x0a, this.at);
    if (end < 0 || end - this.at > 255) throw new PickleError('the pickle is truncated');
    const text = decoder.decode(this.file.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.file.length - start) throw new PickleError('the pickle is truncated');
    this.at = start + length;
    return start;
  }

  /** @param more bytes that the value itself takes */
  private push(value: PickleValue, more = 0): true {
    this.pay(SLOT + more);
    this.stack.push(value);
    return true;
  }

  private pay(bytes: number): void {
    this.room -= bytes;
    if (this.room < 0) throw new PickleError('the pickle would take many times the memory of its size');
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw new PickleError('the pickle takes a value that is not there');
    return value;
  }

  private popToMark(): PickleValue[] {
    const values = this.stack;
    const stack = this.below.pop();
    if (!stack) throw new PickleError('the pickle takes a value that is not there');
    this.stack = stack;
    return values;
  }

  private append(values: PickleValue[]): true {
    const list = this.stack.at(-1);
    if (!Array.isArray(list)) throw new PickleError('the pickle appends to what is no list');
    for (const value of values) list.push(value);
    return true;
  }

  private setItems(values: PickleValue[]): true {
    const map = this.stack.at(-1);
    if (!(map instanceof Map)) throw new PickleError('the pickle sets items of what is no dictionary');
    for (let i = 0; i + 1 < values.length; i += 2) {
      const key = values[i];
      const name = typeof key === 'number' ? String(key) : textOf(this.file, key);
      this.pay(ITEM + name.length);
      map.set(name, values[i + 1]!);
    }
    return true;
  }

  private remember(place: number): true {
    const value = this.stack.at(-1);
    if (value === undefined) throw new PickleError('the pickle takes a value that is not there');
    this.pay(MEMO);
    this.memo.set(place, value);
    return true;
  }

  private recall(place: number): true {
    const value = this.memo.get(place);
    if (value === undefined) throw new PickleError('the pickle recalls a value that is not there');
    return this.push(value);
  }

  private global(module: string, name: string): true {
    const whole = `${module}.${name}`;
    if (!this.options.names.includes(whole))
      throw new PickleError(`expected nothing to run in the pickle but it names ${whole}`);
    return this.push({ kind: 'global', name: whole }, OBJECT);
  }

  private reduce(): true {
    const [given, made] = [this.pop(), this.pop()];
    if (!Array.isArray(given) || !isKind(made, 'global')) throw new PickleError('the pickle calls what is no name');
    if (!this.options.dictionaries?.includes(made.name))
      return this.push({ kind: 'made', name: made.name, given, state: null }, OBJECT);
    this.push(new Map(), DICTIONARY);
    // Python 2 hands an ordered dictionary its items as a list of pairs.
    const [items] = given;
    return Array.isArray(items) ? this.setItems(items.flatMap((item) => pairOf(item))) : true;
  }

  private build(): true {
    const [state, target] = [this.pop(), this.stack.at(-1)];
    if (isKind(target, 'made')) target.state = state;
    else if (!(target instanceof Map)) throw new PickleError('the pickle sets the state of what has none');
    return true;
  }
}
