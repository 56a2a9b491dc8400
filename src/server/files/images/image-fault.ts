const messages = {
  refused: 'The image cannot be decoded, or is too large.',
  busy: 'Too many images wait.',
  failed: 'The process for images has failed.',
}

export class ImageFault extends Error {
  override readonly name = 'ImageFault'
  readonly reason: keyof typeof messages

  constructor(reason: keyof typeof messages, cause?: unknown) {
    super(messages[reason], { cause })
    this.reason = reason
  }
}
