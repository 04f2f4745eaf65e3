/** What every error of this package extends. */
export class OnnxRuntimeError extends Error {
  override name = 'OnnxRuntimeError';
}

/** A kernel, or this use of it (dtype, rank, attribute), has no lowering to ONNX. */
export class UnsupportedKernelError extends OnnxRuntimeError {
  override name = 'UnsupportedKernelError';
}

/** A function cannot be recorded as one graph. */
export class RecordingError extends OnnxRuntimeError {
  override name = 'RecordingError';
}

/** The recorded function cannot be written as a standard ONNX file. */
export class ExportError extends OnnxRuntimeError {
  override name = 'ExportError';
}
