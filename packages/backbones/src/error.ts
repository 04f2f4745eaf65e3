/** A backbone, stage or picture size that does not exist. */
export class BackboneError extends Error {
  override readonly name = 'BackboneError';
}
