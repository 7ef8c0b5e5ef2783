/** Django's admin: the file input of an UploadField previews, takes drops, and shows progress. */
import "./admin.css";
