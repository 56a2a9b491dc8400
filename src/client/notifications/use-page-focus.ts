import { onMounted, onUnmounted, type Ref, ref } from 'vue'

/** Whether somebody has the page before him: it is visible, and it is where he types. */
export function useLooking(): Ref<boolean> {
  const isLooking = ref(false)
  const look = () => {
    isLooking.value = !document.hidden && document.hasFocus()
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
  return isLooking
}
