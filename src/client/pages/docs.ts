import '../../../static/css/docs.css'
