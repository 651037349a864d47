"""The two ways to pretrain an auto-encoder: plain reconstruction, and adversarial interpolation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from models import networks
from models.chance import uniform
from models.dense import layers, way_back
from models.descent import Descent
from models.losses import mean_squared_error
from models.method import Method, Phase
from models.plan import data_kind

Judged = Callable[[Tensor, int], tuple[Tensor, tuple[Tensor, ...]]]
LEAST = 1e-20
"""How much a loss minds a guess at least: far below rounding, far above the smallest float32."""


class Reconstruction(Phase):
    """Learn to rebuild the input, augmented input from augmented input: L = mean-MSE(x, g(f(x)))."""

    fine_tuning = False
    replayable = True

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and decoder."""
        return [*self.method.encoder.parameters(), *self.method.decoder.parameters()]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        x = self.method.view(index)
        loss = mean_squared_error(self.method.decode(self.method.encoder(x)), x)
        return {"reconstruction": loss, "total": loss}


class Interpolation(Phase):
    """Adversarially constrained interpolation (ACAI): mixtures of two codes should decode to real pictures.

    A critic guesses from the decoded mixture how much was mixed in; the auto-encoder tries to make it say
    "nothing". With pairs (i, pi(i)) from the reversed batch and alpha in [0, 1/2]:

        z_mix = alpha z_i + (1 - alpha) z_pi(i),   x_mix = g(z_mix)
        L_AE  = mean-MSE(x, x_hat) + lambda_adv mean C(x_mix)^2                          (critic frozen)
        L_C   = mean (C(x_mix) - alpha)^2 + mean C(beta x + (1 - beta) x_hat)^2          (the rest frozen)

    alpha is folded because the pair has no order: alpha and 1 - alpha give the same pictures.
    Codes and mixtures are decoded in one pass, and the critic sees both halves in one pass; the two
    gradients then come from one graph.

    Source: [RDC, Eq. 1-2], after Berthelot et al., 2019.
    """

    fine_tuning = False

    def __init__(self, method: Method, name: str, *, critic: nn.Module):
        super().__init__(method, name)
        self.critic = critic

    def autoencoder_parameters(self) -> list[nn.Parameter]:
        """Encoder and decoder."""
        return [*self.method.encoder.parameters(), *self.method.decoder.parameters()]

    @property
    def learns(self) -> bool:
        """Whether the critic is trained too; else the game has one player."""
        return bool(self.method.settings.critic != "untrained")

    def parameters(self) -> list[nn.Parameter]:
        """Encoder, decoder and, where it learns, the critic, under one optimizer."""
        return [*self.autoencoder_parameters(), *(self.critic.parameters() if self.learns else ())]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch; "total" is the auto-encoder's, "critic" its adversary's."""
        settings, method = self.method.settings, self.method
        x = method.view(index)
        z = method.encoder(x)
        alpha, beta = self.draw(len(x))
        mixed = mixture(z, alpha)
        x_hat, x_mix = method.decoder(torch.cat([z, mixed])).chunk(2)
        calm = torch.lerp(x_hat.detach(), x, beta)
        fooled, calmed = self.critic(torch.cat([x_mix, calm])).chunk(2)
        reconstruction = mean_squared_error(x_hat, x)
        adversarial = fooled.square().mean()
        critic = critic_regression(fooled, alpha, broadcast=settings.critic == "broadcast")
        return {
            "reconstruction": reconstruction,
            "adversarial": adversarial,
            "critic": critic + calmed.square().mean(),
            "total": reconstruction + settings.adversarial_weight * adversarial,
        }

    def descent(self, index: Tensor) -> Descent:
        """Each player is pulled by its own loss alone.

        The critic says one number a picture, so a row of any gradient in it is that number's own gradient
        times how much the loss minds the number. One pass down the critic with what its own loss minds
        therefore serves both players: the auto-encoder, who minds other things, scales the rows it gets.
        """
        settings, method = self.method.settings, self.method
        x = method.view(index)
        z = method.encoder(x)
        alpha, beta = self.draw(len(x))
        images = method.decoder(torch.cat([z, mixture(z, alpha)]))
        with torch.no_grad():
            x_hat, x_mix = images.chunk(2)
            residual = x_hat - x
            guess, judged = self.judged(torch.cat([x_mix, torch.lerp(x_hat, x, beta)]))
            fooled, calmed = guess.chunk(2)
            sought = alpha.mean().expand_as(alpha) if settings.critic == "broadcast" else alpha
            minds = torch.cat([fooled - sought, calmed]) * (2 / len(x))
            minds = torch.where(minds.abs() < LEAST, LEAST, minds)  # it is divided by
            down, found = judged(minds, len(x))
            weight = settings.adversarial_weight
            blame = (2 * weight / len(x) * fooled / minds[: len(x)])[:, None] * down
            pull = torch.cat([residual * (2 / residual.numel()), blame])
            reconstruction, adversarial = residual.square().mean(), fooled.square().mean()
            critic = critic_regression(fooled, alpha, broadcast=settings.critic == "broadcast")
        losses = {
            "reconstruction": reconstruction,
            "adversarial": adversarial,
            "critic": critic + calmed.square().mean(),
            "total": reconstruction + weight * adversarial,
        }
        return Descent(losses, images, pull, found if self.learns else ())

    def judged(self, pictures: Tensor) -> tuple[Tensor, Judged]:
        """The critic's guesses, and what turns the mind of its loss into its gradient.

        Args:
            pictures: (B, D), without a graph.

        Returns:
            guesses (B,), and a function that takes how much the critic's loss minds each guess (B,), and of
            how many pictures, from the first, the gradient is wanted; it gives that (rows, D) and those of
            the critic's parameters.
        """
        parameters = list(self.critic.parameters())
        *activations, out = layers(pictures, parameters)

        def down(minds: Tensor, rows: int) -> tuple[Tensor, tuple[Tensor, ...]]:
            each = (minds / out.shape[1])[:, None].expand_as(out).contiguous()
            found, row = way_back(each, activations, parameters[::2], wants_input=rows)
            return row, found

        return out.mean(1), down

    def draw(self, size: int) -> tuple[Tensor, Tensor]:
        """Mixing shares: alpha (B,) a pair, beta () for the critic's calibration."""
        settings, device = self.method.settings, self.method.device
        draw = uniform(size + 1, generator=self.method.generator, device=device)
        alpha, beta = draw[:-1], draw[-1]
        alpha = alpha / 2 if settings.alpha_range == "folded" else alpha
        return alpha, beta / 2 if settings.beta < 0 else torch.full_like(beta, settings.beta)


class AdversarialMethod(Method):
    """A method whose pretraining interpolates against a critic, or is plain where the settings say so."""

    def build(self, generator: torch.Generator) -> None:
        """Encoder, decoder and, where pretraining interpolates, a critic."""
        super().build(generator)
        wanted, input_dim = self.settings.interpolation, self.data.x.shape[1]
        on = data_kind(input_dim) != "plane" if wanted == "auto" else wanted == "on"
        self.critic: nn.Module | None = None
        if on:
            self.critic = networks.Critic(self.network, input_dim=input_dim, generator=generator)

    def pretraining(self) -> Phase:
        """The first phase."""
        if self.critic is None:
            return Reconstruction(self, "pretraining")
        return Interpolation(self, "pretraining", critic=self.critic)


def mixture(z: Tensor, alpha: Tensor) -> Tensor:
    """Mix each code with its partner in the reversed batch: alpha_i z_i + (1 - alpha_i) z_(B-1-i)."""
    share = alpha[:, None]
    return share * z + (1 - share) * z.flip(0)


def critic_regression(guess: Tensor, alpha: Tensor, *, broadcast: bool) -> Tensor:
    """How far the critic's guesses are from alpha: mean_i (guess_i - alpha_i)^2.

    With `broadcast` every guess is compared with every alpha, as in the released code by accident: the best
    answer is then the mean of alpha, and the critic tells mixtures from real pictures instead.
    """
    return (guess - alpha[:, None]).square().mean() if broadcast else (guess - alpha).square().mean()
