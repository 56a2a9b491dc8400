import { onMounted, onUnmounted, type Ref, ref } from 'vue'

/** Whether the page is visible and has the focus. */
export function usePageFocus(): Ref<boolean> {
  const isFocused = ref(false)
  const look = () => {
    isFocused.value = !document.hidden && document.hasFocus()
  }
  const turns = [
    [document, 'visibilitychange'],
    [window, 'focus'],
    [window, 'blur'],
  ] as const
  onMounted(() => {
    look()
    for (const [target, type] of turns) target.addEventListener(type, look)
  })
  onUnmounted(() => {
    for (const [target, type] of turns) target.removeEventListener(type, look)
  })
  return isFocused
}
