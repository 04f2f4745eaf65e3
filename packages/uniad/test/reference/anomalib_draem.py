"""Writes fixtures/draem.json: what anomalib's own DRAEM networks and losses make of pictures and weights that both sides generate by name.

    pip install anomalib==2.7.0 && python anomalib_draem.py

Numbers are uniform of anomalib_methods.py, in PyTorch's order (NCHW).
"""

import json
from pathlib import Path

import anomalib
import torch
from anomalib.models.image.draem.loss import DraemLoss
from anomalib.models.image.draem.torch_model import DiscriminativeSubNetwork, ReconstructiveSubNetwork
from kornia.losses import FocalLoss

from anomalib_methods import features, summary

WIDTHS = {'reconstructive': 2, 'discriminative': 3}
SIDE, BATCH = 32, 2


class Draem(torch.nn.Module):
    """DraemModel, whose widths cannot be told."""

    def __init__(self):
        super().__init__()
        self.reconstructive_subnetwork = ReconstructiveSubNetwork(base_width=WIDTHS['reconstructive'])
        self.discriminative_subnetwork = DiscriminativeSubNetwork(
            in_channels=6, out_channels=2, base_width=WIDTHS['discriminative']
        )

    def forward(self, pictures):
        reconstruction = self.reconstructive_subnetwork(pictures)
        return reconstruction, self.discriminative_subnetwork(torch.cat([pictures, reconstruction], axis=1))


def generated(name, shape):
    value = features(name, tuple(shape)) / 2  # -1 to 1
    if name.endswith('running_var') or (len(shape) == 1 and name.endswith('weight')):
        return 1 + value / 2
    if len(shape) == 4:
        return value * (6 / (shape[1] * 9)) ** 0.5  # He et al. 2015: no layer's values grow or vanish.
    return value / 2


def loss_of(good, reconstruction, mask, logits):
    """DraemLoss with the focal loss of the paper's code: kornia's alpha of 1 gives normal pixels a weight of 0, and its mean is
    over classes too, of which one is the pixel's."""
    criterion = DraemLoss()
    criterion.focal_loss = FocalLoss(alpha=None, reduction='sum')
    nothing = torch.zeros_like(logits)
    nothing[:, 0] = 1e4  # All normal, and right: no focal loss.
    reconstructed = criterion(good, reconstruction, torch.zeros_like(mask), nothing)
    return reconstructed + criterion.focal_loss(logits, mask.squeeze(1).long()) / mask.numel()


def main():
    model = Draem()
    state = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith('num_batches_tracked')}
    model.load_state_dict({name: generated(name, tensor.shape) for name, tensor in state.items()}, strict=False)
    good = 0.5 + features('draem good', (BATCH, 3, SIDE, SIDE)) / 4
    pictures = 0.5 + features('draem pictures', (BATCH, 3, SIDE, SIDE)) / 4
    mask = (features('draem mask', (BATCH, 1, SIDE, SIDE)) > 1).float()
    model.eval()
    reconstruction, logits = model(pictures)
    evaluated = {
        'reconstruction': summary(reconstruction, 41),
        'map': summary(torch.softmax(logits, dim=1)[:, 1], 17),
    }
    model.train()
    reconstruction, logits = model(pictures)
    loss = loss_of(good, reconstruction, mask, logits)
    loss.backward()
    names = [
        'reconstructive_subnetwork.encoder.block1.0.weight',
        'reconstructive_subnetwork.decoder.db4.4.bias',
        'discriminative_subnetwork.encoder_segment.block6.3.weight',
        'discriminative_subnetwork.decoder_segment.fin_out.0.weight',
    ]
    parameters = dict(model.named_parameters())
    fixture = {
        'anomalib': anomalib.__version__,
        'widths': WIDTHS,
        'side': SIDE,
        'batch': BATCH,
        'shapes': {name: list(tensor.shape) for name, tensor in state.items()},
        **evaluated,
        'loss': loss.item(),
        'gradients': {name: summary(parameters[name].grad, 7) for name in names},
    }
    rounded = json.loads(json.dumps(fixture), parse_float=lambda text: float(f'{float(text):.7g}'))
    Path(__file__).with_name('fixtures').joinpath('draem.json').write_text(json.dumps(rounded) + '\n')


if __name__ == '__main__':
    main()
