import { onMounted, onUnmounted, type Ref } from 'vue'
import { positionBeside, type Side } from './floating-position.ts'

/**
 * Keeps something that floats beside its anchor, also when the window changes its size. The style sheet reads `--at-left`
 * and `--at-top`. @returns places it once it is shown
 */
export function useFloatingPosition(
  panel: Readonly<Ref<HTMLElement | null>>,
  anchor: () => Element | null | undefined,
  side: Side,
): () => void {
  function place() {
    const beside = anchor()
    if (!panel.value || !beside) return
    const { offsetWidth: width, offsetHeight: height, style } = panel.value
    const page = { width: innerWidth, height: innerHeight }
    const { left, top } = positionBeside(beside.getBoundingClientRect(), { width, height }, page, side)
    style.setProperty('--at-left', `${left}px`)
    style.setProperty('--at-top', `${top}px`)
  }
  onMounted(() => window.addEventListener('resize', place))
  onUnmounted(() => window.removeEventListener('resize', place))
  return place
}
