import type { DownloadEvent } from '@uniad/download';

/** What `loadWeights` reports while it works. */
export type WeightsEvent = { readonly type: 'cached'; readonly file: string } | DownloadEvent;
