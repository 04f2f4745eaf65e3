const signBit = 0x80000000;

/** The bits of a float32 number as an unsigned whole number that orders as the number does. */
export function toOrderedBits(bits: number): number {
  return (bits & signBit ? ~bits : bits | signBit) >>> 0;
}

/** The bits of a float32 number from its ordered ones. */
export function fromOrderedBits(key: number): number {
  return (key & signBit ? key ^ signBit : ~key) >>> 0;
}
