/** A short soft sound, made here rather than fetched: two quick high tones. */

const touches = [
  { at: 0, hertz: 1_175 },
  { at: 0.11, hertz: 1_568 },
]
const loudness = 0.06
const attack = 0.008
const ring = 0.5

export class Chime {
  readonly #open: () => AudioContext
  #context: AudioContext | undefined

  /** @param open called when the first sound is due, and not before: it occupies the machine's loudspeaker */
  constructor(open: () => AudioContext) {
    this.#open = open
  }

  async ring(): Promise<void> {
    try {
      this.#context ??= this.#open()
      // A browser that keeps a page silent until it was touched would otherwise play all that was missed at once.
      if (this.#context.state !== 'running') await this.#context.resume()
      for (const touch of touches) this.#touch(this.#context, touch.at, touch.hertz)
    } catch {
      // A machine without sound.
    }
  }

  #touch(context: AudioContext, after: number, hertz: number) {
    const start = context.currentTime + after
    const tone = new OscillatorNode(context, { frequency: hertz })
    const volume = new GainNode(context, { gain: 0 })
    volume.gain.setValueAtTime(0, start)
    volume.gain.linearRampToValueAtTime(loudness, start + attack)
    volume.gain.exponentialRampToValueAtTime(0.0001, start + ring)
    tone.connect(volume).connect(context.destination)
    tone.start(start)
    tone.stop(start + ring)
  }
}
