export { PickleError } from './error.js';
export { readPickle, textOf } from './read-pickle.js';
export type { ReadPickleOptions } from './read-pickle.js';
export type { PlainValue } from './plain-value.js';
export { readTorch, readTorchCheckpoint } from './read-torch.js';
export type { TorchCheckpoint } from './read-torch.js';
export type { TorchTensor } from './torch-tensor.js';
export { isKind } from './value.js';
export type { Bytes, Global, Made, Persistent, PickleValue } from './value.js';
