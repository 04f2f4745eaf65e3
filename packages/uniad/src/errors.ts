/** A configuration that names an unknown field or a value that cannot be. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
}

/** A run or a saved model that is missing, damaged, or made for something else. */
export class RunError extends Error {
  override readonly name: string = 'RunError';
}

/** A device that is unknown or cannot start on this machine; the message gives the reason. */
export class DeviceError extends Error {
  override readonly name: string = 'DeviceError';
}
