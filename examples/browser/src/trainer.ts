import { proxy } from 'comlink';
import type { Remote } from 'comlink';
import { element, onChoose, onDrop, picturesOf, showError } from './dom.js';
import type { Api, ModelCard, TrainStep } from './worker.js';

/** The form that makes a model of pictures of good parts. */
export class Trainer {
  private readonly bar = element<HTMLProgressElement>('training');
  private readonly text = element('training-text');
  private readonly start = element<HTMLButtonElement>('start');
  private pictures: File[] = [];

  /** @param done is given the model that was trained */
  constructor(
    private readonly api: Remote<Api>,
    private readonly done: (card: ModelCard) => void,
  ) {
    onChoose(element<HTMLInputElement>('good'), (files) => this.take(files));
    onDrop(element('good-drop'), (files) => this.take(files));
    element('cancel').addEventListener('click', () => void api.cancel());
    element('train').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.train();
    });
  }

  private take(files: readonly File[]): void {
    this.pictures = picturesOf(files);
    const { length } = this.pictures;
    element('good-hint').textContent = `${length} good ${length === 1 ? 'picture' : 'pictures'}`;
    this.start.disabled = length < 2;
    if (length < 2) showError('Expected at least two pictures of good parts.');
  }

  private async train(): Promise<void> {
    const name = element<HTMLInputElement>('part').value;
    const epochs = Number(element<HTMLInputElement>('epochs').value);
    this.busy(true);
    try {
      const card = await this.api.train(
        name,
        this.pictures,
        epochs,
        proxy((step) => this.tell(step)),
      );
      this.text.textContent = `Trained on ${this.pictures.length} pictures. Save the model to keep it.`;
      this.done(card);
    } catch (error) {
      this.text.textContent = (error as Error).message;
    } finally {
      this.busy(false);
    }
  }

  private tell(step: TrainStep): void {
    if (step.type === 'features') {
      // Reading the pictures takes about as long as a tenth of the rounds.
      this.bar.value = (0.1 * step.done) / step.total;
      this.text.textContent = `Looking at picture ${step.done} of ${step.total}`;
    } else if (step.type === 'step') {
      const { epoch, epochs, batch, batches, loss } = step;
      this.bar.value = 0.1 + (0.9 * (epoch - 1 + batch / batches)) / epochs;
      this.text.textContent = `Round ${epoch} of ${epochs}, loss ${loss.toFixed(3)}`;
    }
  }

  private busy(busy: boolean): void {
    this.start.hidden = busy;
    element('cancel').hidden = this.bar.hidden = !busy;
    this.bar.value = 0;
  }
}
