/** What a download reports while it works. */
export type DownloadEvent =
  | { readonly type: 'start'; readonly url: string; readonly received: number; readonly total: number | undefined }
  | { readonly type: 'progress'; readonly url: string; readonly received: number; readonly total: number | undefined }
  | { readonly type: 'retry'; readonly url: string; readonly reason: string }
  | { readonly type: 'done'; readonly url: string; readonly file: string; readonly bytes: number };
