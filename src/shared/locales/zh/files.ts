import type { files as source } from '../en/files.ts'
import type { Translation } from '../text.ts'

export const files: Translation<keyof typeof source> = {
  files: '文件',
  openImage: '打开图片：{name}',
  loadImage: '加载图片：{name}',
  nMoreImages: '还有 {n} 张',
  imageFailed: '无法加载图片。',

  nOfMany: '第 {n} 张，共 {all} 张',
  previousImage: '上一张',
  nextImage: '下一张',
  zoomIn: '放大',
  zoomOut: '缩小',
  download: '下载',

  attachFiles: '添加文件',
  attachedFiles: '已添加的文件',
  dropToAttach: '松开以添加文件',
  altText: '图片描述，供看不到图片的人阅读',
  altTextOf: '{name} 的描述，供看不到图片的人阅读',
  removeFile: '移除 {name}',
  retryFile: '重试：{name}',
  uploadWaiting: '等待中',
  uploadOffline: '等待网络连接',
  uploadProgress: '{percent}，共 {size}',
  uploadDone: '已上传',
  nAttached: '已添加 {n} 个文件',
  noFolders: '无法添加文件夹。',
  tooManyFiles: '一条消息最多 {n} 个文件。',
  uploadRefused: '服务器未接受该文件。',
  uploadFailed: '无法上传文件。',

  noFiles: '还没有文件',
  images: '图片',
  otherFiles: '其他文件',
  showFileInRoom: '在房间中查看 {name}',

  shareToRoom: '分享到房间',
  shareHint: '请选择房间。发送前还可以修改。',
  nSharedFiles: '{n} 个文件：{names}',
}
