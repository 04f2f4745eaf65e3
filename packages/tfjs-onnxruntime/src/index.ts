import { registerOnnxRuntime } from './register.js';

export { compile } from './compile.js';
export type { CompiledFunction, CompileOptions } from './compile.js';
export { ExportError, OnnxRuntimeError, RecordingError, UnsupportedKernelError } from './errors.js';
export { exportOnnx } from './export.js';
export type { ExportInput, ExportOptions } from './export.js';
export type { Precision } from './rewrites/precision.js';

registerOnnxRuntime();
