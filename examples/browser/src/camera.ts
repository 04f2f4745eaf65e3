import { element, showError } from './dom.js';

/** The camera: pictures at the press of a button, or one after the other. */
export class Camera {
  private readonly video = element<HTMLVideoElement>('video');
  private readonly toggle = element<HTMLButtonElement>('camera');
  private readonly live = element<HTMLInputElement>('live');

  /**
   * @param take is given a picture that somebody took
   * @param glance is given what the camera sees while it is live, one picture after the other
   */
  constructor(
    private readonly take: (picture: File) => void,
    private readonly glance: (picture: ImageBitmap) => Promise<void>,
  ) {
    this.toggle.addEventListener('click', () => void (this.isOn ? this.stop() : this.start().catch(showError)));
    element('shoot').addEventListener('click', () => void this.shoot().catch(showError));
    this.live.addEventListener('change', () => void this.run().catch(showError));
  }

  private get isOn(): boolean {
    return this.video.srcObject !== null;
  }

  private async start(): Promise<void> {
    this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    await this.video.play();
    this.show(true);
  }

  stop(): void {
    for (const track of (this.video.srcObject as MediaStream | null)?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.live.checked = false;
    this.show(false);
  }

  private show(on: boolean): void {
    this.video.hidden = !on || this.live.checked;
    element('shoot').hidden = element('live-label').hidden = !on;
    this.toggle.textContent = on ? 'Stop camera' : 'Start camera';
  }

  private async shoot(): Promise<void> {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [this.video.videoWidth, this.video.videoHeight];
    canvas.getContext('2d')!.drawImage(this.video, 0, 0);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob) this.take(new File([blob], `camera ${new Date().toLocaleTimeString()}`, { type: 'image/png' }));
  }

  private async run(): Promise<void> {
    this.show(this.isOn);
    while (this.live.checked && this.isOn) await this.glance(await createImageBitmap(this.video));
    this.show(this.isOn);
  }
}
