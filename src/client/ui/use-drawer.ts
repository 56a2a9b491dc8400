import { onMounted, onUnmounted, type Ref } from 'vue'

/** From these widths on a side stands beside the messages; `drawers.css` says the same. */
export const roomsDocked = '(width >= 48rem)'
export const peopleDocked = '(width >= 64rem)'

/** A side of the page that is a popover while there is no room for it. */
export function useDrawer(drawer: Readonly<Ref<HTMLElement | null>>, beside: string): { shut: () => void } {
  const wide = matchMedia(beside)
  const shut = () => drawer.value?.hidePopover()
  // An open drawer floats above everything; beside the messages it must not.
  const dock = () => {
    if (wide.matches) shut()
  }
  onMounted(() => wide.addEventListener('change', dock))
  onUnmounted(() => wide.removeEventListener('change', dock))
  return { shut }
}
