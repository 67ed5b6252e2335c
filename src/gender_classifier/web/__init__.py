"""The page that answers images in the browser: a static site, whose images never leave the machine.

`page/` holds the site's own files (HTML, CSS, ES modules); `site` lays them out beside the networks and
onnxruntime-web.
"""
