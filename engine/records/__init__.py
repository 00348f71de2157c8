"""Customer records [客户档案]: catalogue, versions, holds."""
