import '../../../static/css/pages/docs.css'
