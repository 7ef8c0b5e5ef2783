from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """A page is named once and by its number, as the schema says: neither ``?page=`` nor ``?page=1&page=2`` is one."""

    def get_page_number(self, request, paginator) -> str:
        given = request.query_params.getlist(self.page_query_param)
        return "1" if not given else given[0] if len(given) == 1 and given[0].isdecimal() else ""
