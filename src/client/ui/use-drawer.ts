import { onMounted, onUnmounted, type Ref, ref } from 'vue'

/** From these widths on a side stands beside the messages; `drawers.css` says the same. */
export const roomsDocked = '(width >= 48rem)'
export const peopleDocked = '(width >= 64rem)'

/** A side of the page that is a popover while there is no room for it. */
export function useDrawer(
  drawer: Readonly<Ref<HTMLElement | null>>,
  beside: string,
): { shut: () => void; wasShown: Readonly<Ref<boolean>> } {
  const wide = matchMedia(beside)
  const wasShown = ref(wide.matches)
  const shut = () => drawer.value?.hidePopover()
  // An open drawer floats above everything; beside the messages it must not.
  const dock = () => {
    if (!wide.matches) return
    wasShown.value = true
    shut()
  }
  onMounted(() => {
    wide.addEventListener('change', dock)
    drawer.value?.addEventListener('beforetoggle', () => (wasShown.value = true))
  })
  onUnmounted(() => wide.removeEventListener('change', dock))
  return { shut, wasShown }
}
